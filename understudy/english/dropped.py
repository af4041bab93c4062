"""Clauses whose "I" was left out: 'Love hiking', 'big fan of jazz', 'born in 1990'."""

from collections.abc import Sequence

from understudy.english.predicates import read_verb_phrase
from understudy.english.verb_list import ALSO_NOUNS
from understudy.english.verb_phrase import VerbPhrase
from understudy.english.verbs import form_of, is_base, is_ing
from understudy.english.words import ADVERBS, DETERMINERS, PREPOSITIONS, PRONOUNS
from understudy.english.wordset import word_set

_VERBS = word_set(
    """
    love hate like enjoy prefer adore detest loathe have own collect live dislike speak wish
    want wear drink eat play drive
    """
)
# Verbs that people begin with when asked what they do.
_ANSWERS = frozenset({"watch", "walk", "cook", "play", "paint", "clean", "scroll", "listen"})
_QUALITIES = word_set(
    """
    allergic obsessed addicted scared afraid terrified terrible bad good great married
    originally born single vegetarian vegan retired interested passionate hopeless awful rubbish
    useless proud fluent engaged raised keen crazy mad fond partial stuck
    """
)
_ALONE = frozenset({"vegetarian", "vegan", "retired", "single", "married", "engaged"})
_DOINGS = word_set(
    """
    studying working learning living training trying saving raising currently writing building
    restoring
    """
)
_OF_THINGS = word_set(
    """
    fan lover owner member mother father mum mom dad parent
    """
)


def read_without_subject(words: Sequence[str], is_answer: bool) -> VerbPhrase | None:
    """The verb phrase of a chunk that begins with its verb, or with what would follow "I am"."""
    lower = [word.lower() for word in words]
    if not lower:
        return None
    at = next((i for i, word in enumerate(lower) if word not in ADVERBS), 0)
    first, following = lower[at], lower[at + 1] if at + 1 < len(lower) else ""
    if first in ("not",) and following not in ("a", "an", "good", "very", "great", "much"):
        return None
    if first in ("born", "raised", "born and raised", "born and bred"):
        return read_verb_phrase(["was", *words[at:]])
    if _is_verb(first, following, lower, is_answer):
        return read_verb_phrase(words)
    if _is_quality(first, following, lower[at:]):
        return read_verb_phrase(["am", *_with_article(words[at:])])
    if first in _DOINGS and following and not is_answer:
        return read_verb_phrase(["am", *words])
    if first in ("into", "from") and following and not is_answer:
        return read_verb_phrase(["am", *words[at:]])
    if first == "been" and following:
        return read_verb_phrase(["have", *words])
    if "never" in lower[:at] and following:
        return read_verb_phrase(
            ["have", *words] if form_of(first) in ("participle", "past") else words
        )
    return None


def _is_verb(first: str, following: str, lower: list[str], is_answer: bool) -> bool:
    if not following or following in ("me", "us", "it", "that", "you", "this", "him", "them"):
        return False
    if first in ("can", "could", "do", "would", "am", "had", "have", "used", "was"):
        return following not in PRONOUNS - {"all", "same", "both"} and (
            first != "used" or following == "to"
        )
    if first in _VERBS:
        return "is" not in lower and "are" not in lower
    if (
        form_of(first) == "past"
        and first not in ALSO_NOUNS
        and first not in ("said", "made", "told", "thought")
    ):
        return True
    if is_answer and is_base(first) and first not in ("be", "let", "ask", "tell", "stop"):
        return (
            first in _ANSWERS
            or first not in ALSO_NOUNS
            or following in DETERMINERS | PREPOSITIONS - {"and"} | {"my"}
        )
    return first == "work" and (
        following in PREPOSITIONS or following in ("nights", "days", "part-time")
    )


def _is_quality(first: str, following: str, lower: list[str]) -> bool:
    if any(word in _OF_THINGS for word in lower[:4]) and any(w in ("of", "to") for w in lower[1:5]):
        return first not in ("my", "the", "her", "his") or first == "the"
    if first == "not" and following in ("a", "an", "good", "very", "great"):
        return True
    if first in _ALONE:
        return len(lower) == 1 or following in PREPOSITIONS | {"since", "with"}
    return first in _QUALITIES and following in PREPOSITIONS


def _with_article(words: Sequence[str]) -> list[str]:
    lower = [word.lower() for word in words[:4]]
    needs = lower[0] not in DETERMINERS and any(
        word in ("fan", "lover", "owner", "member") for word in lower
    )
    return ["a", *words] if needs and not is_ing(words[0]) else list(words)
