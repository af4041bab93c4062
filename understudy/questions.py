"""Questions to ask, and the predicate that an answer to one completes."""

import re
from collections.abc import Iterator
from functools import cache

from understudy.bank import FIRST_QUESTIONS, QUESTIONS
from understudy.english.retell import say_clause, say_thing
from understudy.english.sensitive import is_sensitive
from understudy.followups import ABOUT_ANY, FOLLOW_UPS
from understudy.story import Fact
from understudy.variety import Variety

QUESTION_LIMIT = 200
# Follow-ups repeat what was said, and long objects make bad questions.
_LONGEST_OBJECT = 40
_LIKED = frozenset({"likes", "loves", "enjoys", "plays", "collects", "adores", "is into", "hates",
                    "dislikes", "is scared of", "is afraid of", "cannot stand", "is obsessed with",
                    "has", "owns", "favourite film is", "favourite food is", "reads", "eats", "drinks",
                    "is addicted to", "makes", "does", "detests", "is terrified of", "watches",
                    "does not like", "drives", "keeps", "is a big fan of", "is a huge fan of"})  # fmt: skip


def first_questions(variety: Variety) -> Iterator[str]:
    """Warm openings for somebody who has just joined."""
    yield from (text for text, _ in variety.shuffled(FIRST_QUESTIONS))


def bank_questions(variety: Variety) -> Iterator[str]:
    yield from (text for text, _ in variety.shuffled(QUESTIONS))


def follow_up_questions(fact: Fact, variety: Variety) -> Iterator[str]:
    """Questions about one fact. None if the fact is sensitive."""
    if is_sensitive(f"{fact.predicate} {fact.object}"):
        return
    slots = {"object": say_thing(fact.object), "clause": say_clause(fact.predicate, fact.object)}
    named = len(fact.object) <= _LONGEST_OBJECT and fact.predicate.lower() in _LIKED
    for text, _ in variety.shuffled(FOLLOW_UPS.get(fact.category, ())):
        if named or "{object}" not in text:
            yield from _filled(text, slots)
    if len(slots["clause"]) <= 90:
        for text, _ in variety.shuffled(ABOUT_ANY):
            yield from _filled(text, slots)


def completes(question: str) -> str:
    """The predicate that an answer to one of the understudy's questions completes, or ''."""
    for pattern, predicate in _patterns():
        if match := pattern.fullmatch(question):
            return predicate.format(**{"object": "it", **match.groupdict()})
    return ""


def _filled(text: str, slots: dict[str, str]) -> Iterator[str]:
    question = text.format(**slots)
    if len(question) <= QUESTION_LIMIT:
        yield question


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    follow_ups = [pair for pairs in FOLLOW_UPS.values() for pair in pairs]
    return tuple(
        (re.compile(_as_pattern(text)), predicate)
        for text, predicate in (*QUESTIONS, *FIRST_QUESTIONS, *follow_ups, *ABOUT_ANY)
    )


def _as_pattern(text: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(text))
