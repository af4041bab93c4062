"""Answers that aren't sentences: after 'Where do you live?', 'Berlin' means living there."""

import re
from collections.abc import Sequence

from understudy.english.clauses import split_clauses
from understudy.english.noise import (
    is_about_here,
    is_question,
    is_request,
    is_small_talk,
    strip_openers,
)
from understudy.english.objects import is_empty, trim
from understudy.english.question import read_question
from understudy.english.sensitive import is_sensitive
from understudy.english.statement import Statement, make_statement
from understudy.english.tokens import Sentence
from understudy.english.verbs import form_of
from understudy.english.words import (
    ADVERBS,
    BE,
    MODALS,
    NUMBERS,
    PREPOSITIONS,
    QUESTION_WORDS,
    SUBJECT_PRONOUNS,
)
from understudy.english.wordset import word_set

_LONGEST = 24
_NO = word_set(
    """
    no nope nah never none nothing nobody neither not
    """
)
_LEAD = re.compile(
    r"^(it|that|this|mine|they|probably|definitely) (is|are|was|would be|has to be|has got to be|must be|were)$"
)


def read_answer(sentence: Sentence, question: str, completes: str = "") -> list[Statement]:
    """The statements in an answer that has no verb, read together with its question."""
    words = _without_lead(strip_openers(sentence.words))
    if not question or sentence.is_question or not words or len(words) > _LONGEST:
        return []
    if is_small_talk(words) or is_question(words) or is_about_here(" ".join(words)):
        return []
    if (
        words[0].lower() in _NO | SUBJECT_PRONOUNS | QUESTION_WORDS
        or is_request(words)
        or sentence.words[0].lower() in _NO
    ):
        return []
    predicate = completes.split() or read_question(question)
    if not predicate or is_sensitive(" ".join(words)):
        return []
    parts = _parts(words)
    found = [make_statement(*_fit(predicate, part), 0.7) for part in parts]
    return [statement for statement in found if statement is not None]


def _parts(words: Sequence[str]) -> list[list[str]]:
    """The items of a list, up to the first tail."""
    parts: list[list[str]] = []
    for chunk in split_clauses(Sentence(tuple(words), False)):
        item = trim(strip_openers(chunk.words))
        if chunk.link not in ("", ",", "and", "or", "plus") or not item:
            break
        if parts and item[0].lower() in PREPOSITIONS:
            break
        if item[0].lower() in SUBJECT_PRONOUNS | _NO or is_small_talk(item) or is_empty(item):
            break
        if (
            len(item) > 2
            and any(w.lower() in BE | MODALS for w in item[1:])
            and not {"who", "i", "I"} & set(item)
        ):
            break
        parts.append(item)
    return parts


def _fit(predicate: list[str], part: list[str]) -> tuple[list[str], list[str]]:
    """'lives in' + 'in Berlin' → 'lives in' + 'Berlin'; 'lives in' + 'near York' → 'lives near'."""
    if predicate[-1] == "years-old":
        counts = part[0].isdigit() or part[0].lower().split("-")[0] in NUMBERS
        return ["is"], [part[0], "years", "old"] if counts else []
    first = part[0].lower()
    if predicate[-1] in PREPOSITIONS and first in PREPOSITIONS and len(part) > 1:
        return [*predicate[:-1], first], part[1:]
    if predicate[-1] == "as" and first in ("at", "in", "for", "with", "from"):
        return [*predicate[:-1], first], part[1:]
    if first == "as" and predicate[-1] == "as":
        return predicate, part[1:]
    return predicate, part


def _without_lead(words: list[str]) -> list[str]:
    """Without 'it's', 'that would be', 'mine is'."""
    for size in (4, 3, 2):
        if _LEAD.match(" ".join(words[:size]).lower()):
            return words[size:]
    while words and words[0].lower() in ADVERBS | {"like", "my", "um"} and len(words) > 1:
        if words[0].lower() in ("my",) or (
            form_of(words[0]) == "base" and words[0].lower() != "like"
        ):
            break
        words = words[1:]
    return words
