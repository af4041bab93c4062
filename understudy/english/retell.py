"""Says a fact to the person it is about: 'likes' + 'chess' → 'you like chess'."""

import re
from collections.abc import Sequence

from understudy.english.text import shorten
from understudy.english.verbs import form_of, is_past, second
from understudy.english.words import BE, DETERMINERS, KEPT_ADVERBS, MODALS, PREPOSITIONS
from understudy.english.wordset import word_set

_AUXILIARIES = (
    (BE - {"be", "being"}) | MODALS | {"cannot", "has", "had", "does", "did", "used", "have", "do"}
)
_YOURS = {"their": "your", "them": "you", "themselves": "yourself", "they": "you", "theirs": "yours",
          "my": "your", "me": "you", "i": "you", "myself": "yourself", "himself": "yourself", "herself": "yourself"}  # fmt: skip
_OPEN = KEPT_ADVERBS | DETERMINERS | PREPOSITIONS | {"not", "got"}
_SHORT = (
    (re.compile(r"\b(you|You) are\b(?! not)"), r"\1're"), (re.compile(r"\bdo not\b"), "don't"), (re.compile(r"\bdid not\b"), "didn't"),
    (re.compile(r"\bcannot\b"), "can't"), (re.compile(r"\bare not\b"), "aren't"), (re.compile(r"\bwas not\b"), "wasn't"),
    (re.compile(r"\bhave not\b"), "haven't"), (re.compile(r"\bwere not\b"), "weren't"), (re.compile(r"\bwould not\b"), "wouldn't"),
    (re.compile(r"\bcould not\b"), "couldn't"), (re.compile(r"\bdoes not\b"), "doesn't"), (re.compile(r"\bis not\b"), "isn't"),
    (re.compile(r"\b(you|You) would\b"), r"\1'd"),
)  # fmt: skip


def say_clause(predicate: str, obj: str) -> str:
    """A clause in the second person, without a capital letter or full stop: 'your dog is called Rex'."""
    words = _plain(predicate)
    at = _verb_at(words)
    if words and all(word.lower() in KEPT_ADVERBS for word in words) and obj:
        first, *others = obj.split()
        told, obj = ["you", *words, second(first)], " ".join(others)
    elif at is None:
        told = ["your", *words, *([] if _has_verb(words) else ["is"])]
    else:
        told = ["you", *words[:at], second(words[at]), *words[at + 1 :]]
        if told[:2] == ["you", "have"] and len(told) > 2 and told[2] not in ("to", "not"):
            told[:2] = ["you've"]
    text = " ".join([*_to_you(told), *_to_you(obj.split())])
    for pattern, short in _SHORT:
        text = pattern.sub(short, text)
    return _agree(shorten(text, 160))


def say_thing(obj: str) -> str:
    """The object alone, addressed to its owner: 'their dog' → 'your dog'."""
    return " ".join(_to_you(obj.split()))


def _plain(predicate: str) -> list[str]:
    words = predicate.replace("_", " ").split()
    if len(words) == 2 and words[0].lower() == "has" and not is_past(words[1]):
        # Some models write "has_pet".
        return words[1:] if words[1].lower() not in _OPEN else words
    return (
        words[1:] if len(words) > 1 and words[0].lower() in ("they", "he", "she", "user") else words
    )


def _verb_at(words: Sequence[str]) -> int | None:
    """The index of the speaker's own verb; None if the fact is about something of theirs."""
    for at, word in enumerate(words[:4]):
        lower = word.lower()
        if lower in _AUXILIARIES:
            return (
                at
                if all(w.lower() in KEPT_ADVERBS or w.lower().endswith("ly") for w in words[:at])
                else None
            )
        if lower in KEPT_ADVERBS or (lower.endswith("ly") and len(words) > at + 1):
            continue
        if _followed_by_verb(words, at):
            return None
        if form_of(lower) in ("third", "past", "participle"):
            return at
        return (
            at
            if lower.endswith("s")
            and len(words) == at + 1
            and form_of(lower) is None
            and at == 0
            and lower not in _NOUNS
            else None
        )
    return None


_NOUNS = word_set(
    """
    pets hobbies kids children siblings interests skills status boss parents dislikes languages
    fears sports dreams
    """
)


def _followed_by_verb(words: Sequence[str], at: int) -> bool:
    """'plants are': the first word only looks like a verb."""
    return at + 1 < len(words) and words[at + 1].lower() in BE | {"has", "says", "say", "have"}


def _has_verb(words: Sequence[str]) -> bool:
    return any(
        w.lower() in _AUXILIARIES or form_of(w) in ("third", "past", "base") for w in words[1:]
    )


def _to_you(words: Sequence[str]) -> list[str]:
    told = [_YOURS.get(word.lower(), word) for word in words]
    for at, word in enumerate(told[1:], 1):
        if told[at - 1] == "you" and words[at - 1].lower() == "they" and word in ("is", "was"):
            told[at] = "are" if word == "is" else "were"
    return told


def _agree(text: str) -> str:
    return re.sub(r"\byou was\b", "you were", text)
