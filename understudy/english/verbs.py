"""Verb forms: which words are verbs, in which form, and how to change it."""

import re
from functools import cache
from types import MappingProxyType

from understudy.english.verb_list import IRREGULAR, REGULAR

# Verbs of more than one syllable that double their last letter.
_DOUBLING = frozenset(
    {"admit", "forget", "prefer", "regret", "begin", "babysit", "program", "commit", "travel"}
)
_THIRD = MappingProxyType({"am": "is", "are": "is", "be": "is", "were": "was", "have": "has",
                           "do": "does", "go": "goes", "is": "is", "was": "was", "has": "has",
                           "had": "had", "does": "does"})  # fmt: skip
_UNTHIRD = MappingProxyType({"is": "are", "was": "were", "has": "have", "does": "do"})


@cache
def _irregular() -> dict[str, tuple[str, str]]:
    rows = (
        row.split() for line in IRREGULAR.splitlines() for row in line.split("/") if row.strip()
    )
    return {base: (past, participle) for base, past, participle in rows}


@cache
def bases() -> frozenset[str]:
    """The base forms of all known verbs."""
    return frozenset(REGULAR.split()) | frozenset(_irregular())


@cache
def _by_form() -> dict[str, tuple[str, str]]:
    """Form → (base, which form): 'ate' → ('eat', 'past')."""
    forms: dict[str, tuple[str, str]] = {}
    for base in bases():
        past, participle = _irregular().get(base, (ed(base), ed(base)))
        for form, kind in (
            (ing(base), "ing"),
            (ed(base), "past"),
            (participle, "participle"),
            (past, "past"),
            (third(base), "third"),
        ):
            if form != base:
                forms[form] = (base, kind)
    forms |= {base: (base, "base") for base in bases()}
    return forms | {"am": ("be", "base"), "are": ("be", "base"), "were": ("be", "past")}


def form_of(word: str) -> str | None:
    """'base', 'third', 'past', 'participle' or 'ing' for a form of a known verb."""
    found = _by_form().get(word.lower())
    return found[1] if found else None


def base_of(word: str) -> str:
    """The base form of a known verb; an unknown word is returned unchanged."""
    found = _by_form().get(word.lower())
    return found[0] if found else word.lower()


def is_base(word: str) -> bool:
    return word.lower() in bases()


def is_past(word: str) -> bool:
    """Whether it is a past form. Unknown words count if they end in -ed."""
    kind = form_of(word)
    return kind in ("past", "participle") or (kind is None and _ends_in_ed(word))


def is_participle(word: str) -> bool:
    """Whether it is a past participle, which for most verbs is the past form."""
    lower = word.lower()
    found = _irregular().get(base_of(lower))
    if found and form_of(lower) is not None:
        return lower == found[1] or (lower == ed(base_of(lower)) != base_of(lower))
    return is_past(lower)


def is_ing(word: str) -> bool:
    """Whether it is an -ing form, of a known verb or not."""
    lower = word.lower()
    return form_of(lower) == "ing" or (len(lower) > 5 and lower.endswith("ing"))


def third(verb: str) -> str:
    """The form after 'she': 'like' → 'likes', 'have' → 'has'."""
    lower = verb.lower()
    if lower in _THIRD:
        return _THIRD[lower]
    if re.search(r"(s|x|z|ch|sh|o)$", lower):
        return lower + "es"
    return lower[:-1] + "ies" if re.search(r"[^aeiou]y$", lower) else lower + "s"


def second(word: str) -> str:
    """The form after 'you': 'likes' → 'like', 'is' → 'are'. Past forms don't change."""
    lower = word.lower()
    if lower in _UNTHIRD:
        return _UNTHIRD[lower]
    found = _by_form().get(lower)
    if found:
        return found[0] if found[1] == "third" else lower
    if lower.endswith("ies") and len(lower) > 4:
        return lower[:-3] + "y"
    if re.search(r"(ss|sh|ch|x|zz|o)es$", lower):
        return lower[:-2]
    return lower[:-1] if re.search(r"[^s]s$", lower) else lower


def ing(verb: str) -> str:
    """'like' → 'liking'."""
    lower = verb.lower()
    if lower.endswith("ie"):
        return lower[:-2] + "ying"
    if lower.endswith("e") and not re.search(r"(ee|oe|ye)$", lower) and lower != "be":
        return lower[:-1] + "ing"
    return (lower + lower[-1:] if _doubles(lower) else lower) + "ing"


def ed(verb: str) -> str:
    """The regular past: 'like' → 'liked'."""
    lower = verb.lower()
    if lower.endswith("e"):
        return lower + "d"
    if re.search(r"[^aeiou]y$", lower):
        return lower[:-1] + "ied"
    return (lower + lower[-1:] if _doubles(lower) else lower) + "ed"


def _doubles(verb: str) -> bool:
    if verb in _DOUBLING:
        return True
    syllables = len(re.findall(r"[aeiouy]+", verb))
    closed = re.search(r"[^aeiou][aeiou][^aeiouwxy]$", verb) is not None
    if len(verb) == 2:
        return False
    return closed and syllables == 1


def _ends_in_ed(word: str) -> bool:
    lower = word.lower()
    return len(lower) > 4 and lower.endswith("ed") and not lower.endswith("eed")


def past_of(verb: str) -> str:
    """'go' → 'went'."""
    found = _irregular().get(verb.lower())
    return found[0] if found else ed(verb)
