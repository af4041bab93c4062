"""Who a clause is about: the speaker, something of theirs, or somebody else."""

from collections.abc import Sequence
from dataclasses import dataclass

from understudy.english.predicates import read_verb_phrase
from understudy.english.verb_list import ALSO_NOUNS
from understudy.english.verb_phrase import VerbPhrase
from understudy.english.verbs import base_of, form_of, is_base, is_past
from understudy.english.words import (
    ADVERBS,
    BE,
    DETERMINERS,
    FREQUENCY,
    FRONTED,
    MODALS,
    PREPOSITIONS,
    SUBJECT_PRONOUNS,
)
from understudy.english.wordset import word_set

_AUXILIARIES = BE | MODALS | {"have", "has", "had", "do", "does", "did", "used"}
_MINE = frozenset({"my", "our"})
_OF_MINE = word_set(
    """
    both all one most some half two none of
    """
)
_SAYING = frozenset({"say", "tell", "claim", "think", "reckon", "call", "insist", "believe"})


@dataclass(frozen=True, slots=True)
class Subject:
    """`owned` names the speaker's thing that the clause is about. Empty means the speaker.

    `fronted` are the words before the subject, `rest` those after it.
    """

    owned: tuple[str, ...]
    fronted: tuple[str, ...]
    rest: tuple[str, ...]


def find_subject(words: Sequence[str]) -> Subject | None:
    """The subject of a clause if it is the speaker or something of theirs."""
    lower = [word.lower() for word in words]
    if not lower:
        return None
    if "i" in lower or "we" in lower:
        at = next(i for i, word in enumerate(lower) if word in ("i", "we"))
        if at == 0 or _is_fronted(lower[:at]):
            return Subject((), tuple(words[:at]), tuple(words[at + 1 :]))
    start = next((i for i, word in enumerate(lower) if word in _MINE), None)
    if start is None or not (_leads_in(lower[:start]) or _is_fronted(lower[:start])):
        return None
    verb = find_verb(lower, start + 1)
    if verb is None:
        return None
    leading = words[:start] if _leads_in(lower[:start]) else ()
    owned = (*leading, *words[start + 1 : verb])
    if len(owned) > 1 and owned[-1].lower() in ("he", "she", "it", "they"):
        owned = owned[:-1]
    return Subject(tuple(owned), () if leading else tuple(words[:start]), tuple(words[verb:]))


def find_verb(lower: Sequence[str], start: int) -> int | None:
    """The index of the verb after the noun phrase that begins at `start` and needs a noun."""
    for at in range(start + 1, min(len(lower), start + 8)):
        word, before = lower[at], lower[at - 1]
        if word in _AUXILIARIES:
            return at
        if word in PREPOSITIONS or before in PREPOSITIONS | DETERMINERS:
            continue
        form = form_of(word)
        if form in ("third", "past") and before not in ADVERBS - {"never", "always"}:
            return at
        if (
            form == "base"
            and _is_plural(before)
            and (word not in ALSO_NOUNS or at + 1 < len(lower))
        ):
            return at
        if word in (
            "never",
            "always",
            "still",
            "only",
            "once",
            "just",
            "really",
            "also",
        ) and at + 1 < len(lower):
            return at
        if form is None and is_past(word) and at + 1 < len(lower):
            return at
    return None


def frequency(fronted: Sequence[str]) -> list[str]:
    """'Every Sunday', as words to put after the object. Other fronted phrases are left out."""
    if fronted and fronted[0].lower() in FREQUENCY and len(fronted) <= 4:
        return [fronted[0].lower(), *fronted[1:]]
    return []


def read_owned(subject: Subject) -> VerbPhrase | None:
    """The verb phrase after 'my sister', with 'sister' in its predicate."""
    rest = list(subject.rest)
    kept_own_form = form_of(rest[0]) == "base" and rest[0].lower() not in ("have", "do")
    phrase, owned = read_verb_phrase(rest), _own(subject.owned)
    if phrase is None or not owned:
        return None
    first = next((w for w in rest if w.lower() not in ADVERBS), rest[0]).lower()
    if _is_plural(subject.owned[-1].lower()) or kept_own_form or first == "are":
        _make_plural(phrase, first)
    phrase.predicate = [*owned, *phrase.predicate]
    return phrase


def says_of_speaker(phrase: VerbPhrase) -> bool:
    return base_of(phrase.verb) in _SAYING


def _make_plural(phrase: VerbPhrase, first: str) -> None:
    plurals = {"is": "are", "has": "have", "does": "do"}
    for at, word in enumerate(phrase.predicate[:2]):
        if first in ("are", "have", "do", "were") and word in (*plurals, "was"):
            phrase.predicate[at] = "were" if word == "was" else plurals[word]
            return
        if is_base(first) and base_of(word) == first:
            phrase.predicate[at] = first
            return


def _own(owned: Sequence[str]) -> list[str]:
    kept = [word for word in owned if word.lower() not in ("of", *_MINE)]
    return [kept[0].lower(), *kept[1:]] if kept and kept[0].lower() in _OF_MINE else kept


def _is_plural(word: str) -> bool:
    return (word.endswith("s") and not word.endswith("ss")) or (word in (
        "children", "people", "men", "women", "folks", "feet", "mates", "teeth", "hair",
    ) and word != "hair")  # fmt: skip


def _leads_in(before: Sequence[str]) -> bool:
    """'both my parents', 'one of my cats'."""
    return all(word in _OF_MINE for word in before)


def _is_fronted(before: Sequence[str]) -> bool:
    if all(word in ADVERBS for word in before):
        return True
    first = before[0]
    return first in FRONTED and not any(word in SUBJECT_PRONOUNS for word in before)
