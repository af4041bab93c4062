"""A fact's object: short, in one piece, and in the third person."""

from collections.abc import Sequence

from understudy.english.text import shorten
from understudy.english.words import (
    ADVERBS,
    NUMBERS,
    PREPOSITIONS,
    PRONOUNS,
    TRAILERS,
    is_ly,
)
from understudy.english.wordset import word_set

OBJECT_LIMIT = 80
_COMFORTABLE = 64

_THEIRS = {"my": "their", "our": "their", "me": "them", "us": "them", "i": "they", "we": "they",
           "myself": "themselves", "ourselves": "themselves", "mine": "theirs", "ours": "theirs"}  # fmt: skip
_AGREEING = {"am": "are", "was": "were"}
_TRAILERS = tuple(sorted((tuple(t.split()) for t in TRAILERS), key=len, reverse=True))
_LEADERS = word_set(
    """
    really just mostly mainly like also probably maybe definitely usually even very
    especially particularly perhaps basically literally obviously currently kinda actually
    honestly
    """
)
_EMPTY = PRONOUNS - {"nothing", "everything", "everyone", "everybody", "nobody", "same", "both"}
_EMPTY_WITH = word_set(
    """
    too also of back up down out off on anyway
    """
)
_BARE_AUXILIARIES = frozenset({"do", "did", "am", "was", "can", "could", "have", "would", "will"})
_CUT_BEFORE = PREPOSITIONS | {
    "who",
    "that",
    "which",
    "where",
    "when",
    "because",
    "and",
    "or",
    "but",
}


def as_theirs(words: Sequence[str]) -> list[str]:
    """'my dog' → 'their dog', 'I am' → 'they are'."""
    told: list[str] = []
    for at, word in enumerate(words):
        lower = word.lower()
        if word in ("My", "Our") and words[at + 1 : at + 2] and words[at + 1][0].isupper():
            # A title, such as "My Way".
            told.append(word)
            continue
        if lower in _AGREEING and told and told[-1] == "they":
            told.append(_AGREEING[lower])
        else:
            told.append(_THEIRS.get(lower, word))
    return told


def trim(words: Sequence[str]) -> list[str]:
    """Without empty words around it: 'really chess too' → 'chess'."""
    kept = list(words)
    while kept and (kept[0].lower() in _LEADERS or kept[0] in "-,"):
        kept = kept[1:]
    while (size := _trailer(kept)) and len(kept) > size:
        kept = kept[:-size]
    return kept


def is_empty(words: Sequence[str]) -> bool:
    """Whether the words name nothing: 'it', 'that one', 'you'."""
    if len(words) == 2 and words[0].lower() == "i" and words[1].lower() in _BARE_AUXILIARIES:
        return True
    return all(word != "IT" and word.lower() in _EMPTY | _EMPTY_WITH for word in words)


def render_object(words: Sequence[str]) -> str:
    """The text of an object: up to 80 characters, cut at the end of a phrase."""
    told = as_theirs(_without_like(words))
    if len(" ".join(told)) > _COMFORTABLE:
        told = _cut(told)
    return shorten(_join(told), OBJECT_LIMIT)


def is_trailer(words: Sequence[str]) -> bool:
    """Whether these words are only a sentence ending: 'to be honest'."""
    return " ".join(words).lower() in TRAILERS


def _trailer(words: Sequence[str]) -> int:
    lower = tuple(word.lower() for word in words)
    return next((len(t) for t in _TRAILERS if lower[-len(t) :] == t), 0)


def _without_like(words: Sequence[str]) -> list[str]:
    """'like nine times' → 'nine times'."""
    return [
        word
        for at, word in enumerate(words)
        if not (word.lower() == "like" and at and _is_count(words[at + 1 : at + 2]))
    ]


def _is_count(words: Sequence[str]) -> bool:
    return bool(words) and (
        words[0].lower() in NUMBERS | {"every", "all", "literally"} or words[0].isdigit()
    )


def _cut(words: list[str]) -> list[str]:
    for at in range(len(words) - 1, 2, -1):
        if words[at].lower() in _CUT_BEFORE and len(" ".join(words[:at])) <= _COMFORTABLE:
            return words[:at]
    return words


def _join(words: Sequence[str]) -> str:
    return " ".join(words).replace("can not", "cannot").replace(" / ", "/")


def is_only_adverbs(words: Sequence[str]) -> bool:
    return all(word.lower() in ADVERBS or is_ly(word.lower()) for word in words)
