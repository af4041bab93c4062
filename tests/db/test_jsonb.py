"""What can be stored is what Postgres takes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.jsonb import can_be_stored
from tests.making import Hand


@pytest.mark.parametrize(
    "value",
    ["", "\\u0000", "\\ud800", "💀", 0, 1.5, True, None, [{"a": [None]}], {"\u2028": "\x7f"}],
)
def test_what_can_be_stored_comes_back(hand: Hand, value: object) -> None:
    assert can_be_stored(value)
    assert hand.value("SELECT %s::jsonb", json.dumps(value)) == value


@pytest.mark.parametrize(
    "value", ["\0", "\ud800", float("nan"), float("-inf"), ["a", {"b": "\0"}], {"\0": 1}]
)
def test_what_postgres_refuses_cant_be_stored(value: object) -> None:
    assert not can_be_stored(value)


@given(st.text())
def test_any_text_without_u0000_can_be_stored(text: str) -> None:
    assert can_be_stored(text) == ("\0" not in text)
