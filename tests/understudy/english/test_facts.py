"""Facts in plain English: the corpus, noise, and any text at all."""

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.understudy.corpus import FILES, read_cases, score
from understudy.english.facts import MOST_FACTS, find_facts
from understudy.english.sensitive import is_sensitive

WORDS = st.sampled_from(
    [
        "I",
        "i'm",
        "ive",
        "my",
        "dog",
        "and",
        "or",
        "but",
        ",",
        ".",
        "?",
        "!",
        "not",
        "never",
        "have",
        "been",
        "called",
        "to",
        "of",
        "the",
        "a",
        "like",
        "love",
        "hate",
        "is",
        "was",
        "34",
        "(",
        ")",
        "—",
        "because",
        "when",
        "which",
        "who",
        "'s",
        "don't",
        "\n",
        "with",
        "in",
        "used",
        "going",
        "would",
        "rather",
        "wish",
        "neither",
        "both",
        "me",
        "myself",
        "it",
        "so",
        "spend",
        "teach",
        "Ω",
        "😀",
        "<b>",
        "\x07",
        "\u202e",
        "that",
        "what",
        "you",
    ]
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_most_facts_are_found_and_few_are_made_up(path: Path) -> None:
    result = score(path)
    assert result.recall >= 0.95, "\n".join(result.mistakes)
    assert result.precision >= 0.95, "\n".join(result.mistakes)


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    cases = [case for path in FILES for case in read_cases(path)]
    assert len(cases) >= 400
    assert sum(len(case.facts) for case in cases) >= 500


@pytest.mark.parametrize(
    "text",
    [
        "lol", "haha", "not sure", "idk", "maybe", "ok", "hi everyone", "thanks",
        "do you like chess?", "what about me?", "can I change my name?", "can i change my name",
        "burn me", "roast me", "tell me a joke", "I want you to roast me", "I'm ready",
        "I'm ready to be roasted", "I don't understand this app", "I don't know", "I guess so",
        "I like your question", "I mean…", "I agree", "I see", "https://example.com/i-like-tea",
        "<b>hi</b>", "```\nI like chess\n```", 'Bob said "I love trains"', "", "   ", "😀😀", "?!",
        "If I had a dog I would walk it", "your turn Jerry", "Jerry, do your worst",
    ],
)  # fmt: skip
def test_no_facts_are_found_in_noise(text: str) -> None:
    assert find_facts(text) == ()


@pytest.mark.parametrize(
    "text",
    ["I am gay", "I go to church", "I voted labour", "I have cancer", "My dad died", "I'm divorced",
     "I have depression and two cats", "I'm a Muslim", "I was abused"],
)  # fmt: skip
def test_sensitive_facts_are_left_out(text: str) -> None:
    assert not any(is_sensitive(f"{s.predicate} {s.object}") for s in find_facts(text))


@settings(max_examples=400, deadline=None)
@example("my my have", "")
@given(st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=30).map(" ".join)), st.text())
def test_any_text_gives_valid_short_facts(text: str, question: str) -> None:
    facts = find_facts(text, question)
    assert len(facts) <= MOST_FACTS
    for fact in facts:
        for part in (fact.predicate, fact.object):
            assert 0 < len(part) <= 80
            assert not any(c in "<>" or unicodedata.category(c)[0] == "C" for c in part)
        assert 0.1 <= fact.confidence <= 1.0
        assert round(fact.confidence, 1) == fact.confidence


def test_an_answer_is_read_together_with_its_question() -> None:
    (fact,) = find_facts("Berlin", "Where do you live?")
    assert (fact.predicate, fact.object, fact.category) == ("lives in", "Berlin", "home")


def test_a_hedged_fact_has_less_confidence_than_a_plain_one() -> None:
    plain, hedged = find_facts("I like jazz")[0], find_facts("I guess I like jazz")[0]
    assert hedged.confidence < plain.confidence == 0.9


def test_a_long_message_gives_each_fact_once() -> None:
    assert len(find_facts("I like chess and cooking. " * 2000)) == 2


@pytest.mark.parametrize(
    "text",
    ["@" * 3_990, "\n" * 3_990, "I " * 1_990, "A " * 1_990, "a\u0301\u0323" * 1_300, '"' * 3_990],
    ids=["@", "lines", "I", "A", "marks", "quotes"],
)
def test_crafted_text_is_read_in_no_time(text: str) -> None:
    started = time.process_time()
    assert find_facts(text) == ()
    assert time.process_time() - started < 0.2
