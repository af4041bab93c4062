"""The predicate that an answer to a question completes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.english.question import read_question


@pytest.mark.parametrize(
    ("question", "predicate"),
    [
        ("Where do you live?", "lives in"),
        ("What's your favourite film?", "favourite film is"),
        ("What do you do for a living?", "works as"),
        ("How old are you?", "is years-old"),
        ("What did you want to be when you were ten?", "wanted to be"),
        ("What do you usually cook?", "cooks"),
        ("What's the strangest thing you own?", "strangest thing is"),
        ("What time do you get up?", "gets up at"),
        ("Tell me.", ""),
    ],
)
def test_a_question_gives_the_predicate_of_its_answer(question: str, predicate: str) -> None:
    assert " ".join(read_question(question)) == predicate


@given(st.text())
def test_any_text_can_be_read_as_a_question(text: str) -> None:
    assert all(isinstance(word, str) for word in read_question(text + "?"))
