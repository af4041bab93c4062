"""What is asked of a model and what it answers, as values."""

import math
from dataclasses import astuple
from typing import Any

import pytest

from burn_core.model import Request, Usage

MAX = 2**31 - 1
REQUEST = Request(
    "claude-test", "You are Sarah.", [{"name": "x"}], [{"role": "user", "content": "?"}]
)


def test_the_fingerprint_covers_everything_but_the_model() -> None:
    other_model = Request("other", REQUEST.system, REQUEST.tools, REQUEST.messages)
    other_words = Request("claude-test", REQUEST.system + "!", REQUEST.tools, REQUEST.messages)
    assert other_model.sha256 == REQUEST.sha256 != other_words.sha256


@pytest.mark.parametrize(
    ("count", "kept"),
    [
        (7, 7),
        (7.9, 7),
        (-7, 0),
        (10**400, MAX),
        (math.inf, MAX),
        (math.nan, 0),
        (True, 0),
        ("7", 0),
        (None, 0),
        ({"a": [1]}, 0),
    ],
)
def test_any_count_becomes_one_that_a_row_can_hold(count: Any, kept: int) -> None:
    assert astuple(Usage(count)) == (kept, 0, 0, 0)


def test_a_sum_is_never_higher_than_a_row_can_hold() -> None:
    assert Usage(MAX, 1) + Usage(MAX, 2) == Usage(MAX, 3)
