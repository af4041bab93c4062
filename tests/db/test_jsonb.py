"""What can be stored is what Postgres takes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from db.connection import begin
from db.jsonb import can_be_stored, make_storable
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


@given(st.recursive(st.text() | st.floats() | st.just("\0\ud800"), st.lists))
def test_anything_can_be_made_storable_and_what_is_stays_the_same(value: object) -> None:
    made = make_storable(value)
    assert can_be_stored(made)
    assert not can_be_stored(value) or made == value


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("12", 12),
        ("9" * 4_300, 10**4_300 - 1),
        ("9" * 4_301, "9" * 4_301),
        ("-1" + "0" * 5_000, "-1" + "0" * 5_000),
        ("[" * 3_000 + "]" * 3_000, {}),
    ],
    ids=["short", "longest", "too long", "negative", "deep"],
)
def test_any_json_that_postgres_holds_can_be_read(engine: Engine, value: str, read: object) -> None:
    with begin(engine) as session:
        assert session.scalar(text("SELECT CAST(:value AS jsonb)"), {"value": value}) == read
