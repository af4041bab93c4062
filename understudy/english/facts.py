"""The facts that people write about themselves, in answers or unasked."""

import re
from dataclasses import replace
from functools import lru_cache

from understudy.english.answers import read_answer
from understudy.english.clauses import split_clauses
from understudy.english.dropped import read_without_subject
from understudy.english.experience import read_experience
from understudy.english.noise import strip_openers
from understudy.english.reader import read_sentence
from understudy.english.statement import Statement
from understudy.english.subjects import find_subject
from understudy.english.text import clean
from understudy.english.tokens import Sentence, read_sentences

MOST_FACTS = 12
# These endings show that "I'm Italian" doesn't give a name.
_NATIONAL = re.compile(r"(an|ish|ese|elsh|eek|utch|wiss|ench|ai|qi|ot)$")


def _is_name(statement: Statement, text: str) -> bool:
    """Whether the text gives a name: "I'm Bob", with a capital letter inside the sentence."""
    name = statement.object
    if statement.predicate != "is" or not re.fullmatch(r"[A-Z][a-z]{1,14}", name):
        return False
    said = re.search(rf"\b(I'?m|I’m|I am|i'?m|i am) {name}\b", text)
    return said is not None and _NATIONAL.search(name) is None


def _begins_bare(sentence: Sentence) -> bool:
    """'Berlin, and I love it': first an answer, then a sentence."""
    chunks = split_clauses(sentence)
    if len(chunks) < 2 or find_subject(chunks[0].words) or read_experience(sentence.words):
        return False
    words = strip_openers(chunks[0].words)
    return bool(words) and read_without_subject(words, True) is None


@lru_cache(maxsize=4096)
def find_facts(text: str, question: str = "", completes: str = "") -> tuple[Statement, ...]:
    """The statements in `text` about its writer: at most twelve, without duplicates.

    `question` is what they were asked before, if anything: it says what 'Berlin' answers.
    `completes` is the predicate that an answer to it completes, if known.
    """
    found: dict[tuple[str, str], Statement] = {}
    for sentence in read_sentences(clean(text)):
        read = read_sentence(sentence, is_answer=bool(question))
        answered = read_answer(sentence, "" if found else question, completes)
        for statement in [*answered, *read] if _begins_bare(sentence) else read or answered:
            if _is_name(statement, text):
                statement = replace(statement, predicate="name is", category="name")
            found.setdefault((statement.predicate.lower(), statement.object.lower()), statement)
    return tuple(found.values())[:MOST_FACTS]
