"""Verb forms."""

import pytest

from understudy.english.verbs import ed, form_of, ing, is_participle, second, third


@pytest.mark.parametrize(
    ("base", "expected"),
    [("like", "likes"), ("have", "has"), ("go", "goes"), ("watch", "watches"), ("try", "tries"),
     ("play", "plays"), ("am", "is"), ("is", "is"), ("do", "does")],
)  # fmt: skip
def test_verbs_take_the_third_person(base: str, expected: str) -> None:
    assert third(base) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("likes", "like"), ("has", "have"), ("is", "are"), ("goes", "go"), ("watches", "watch"),
     ("tries", "try"), ("ate", "ate"), ("was", "were"), ("yodels", "yodel"), ("misses", "miss")],
)  # fmt: skip
def test_verbs_take_the_second_person(word: str, expected: str) -> None:
    assert second(word) == expected


@pytest.mark.parametrize(
    ("base", "doing", "past"),
    [("like", "liking", "liked"), ("stop", "stopping", "stopped"), ("play", "playing", "played"),
     ("travel", "travelling", "travelled"), ("visit", "visiting", "visited"), ("lie", "lying", "lied"),
     ("try", "trying", "tried"), ("fix", "fixing", "fixed"), ("cook", "cooking", "cooked")],
)  # fmt: skip
def test_verbs_take_ing_and_ed(base: str, doing: str, past: str) -> None:
    assert (ing(base), ed(base)) == (doing, past)


def test_forms_are_told_apart() -> None:
    assert [form_of(word) for word in ("eat", "eats", "ate", "eaten", "eating", "table")] == [
        "base", "third", "past", "participle", "ing", None,
    ]  # fmt: skip
    assert is_participle("eaten")
    assert is_participle("lived")
    assert not is_participle("ate")
