"""Rows as files: what is read back is what Postgres has."""

import csv
import json
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from uuid import UUID

import pandas as pd
import pytest
from sqlalchemy import Select, Text, cast, create_engine, func, literal, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from burn_core.csv_text import neutralize
from burn_core.errors import TooLarge
from burn_core.explore import downloads as files
from burn_core.explore.downloads import write_csv, write_json, write_parquet, write_snippet
from burn_core.explore.facts import FactFilter, select_facts
from burn_core.explore.search import Statement
from burn_core.explore.sql_text import write_python, write_sql
from db import schema
from db.connection import open_connection
from tests.burn_core.explore.test_export import NASTY
from tests.making import Hand

_Event = schema.Event


@pytest.fixture
def facts(hand: Hand, ada: UUID) -> Statement:
    """Facts with texts of all kinds, some from an event and some from nowhere."""
    thread_id = hand.make_thread(ada)
    for number, object in enumerate((*NASTY, "", "=1+1", "-2", "NULL", "null", "1.0", "a,b\r\n")):
        hand.learn(thread_id, ada, "said", object, (number + 1) / 20)
    event_id = hand.say(thread_id, ada, "I like chess")
    hand.type("UPDATE facts SET source_event_id = %s, disputed = true WHERE object = ''", event_id)
    return select_facts(ada, FactFilter(), limit=3)


@pytest.fixture
def events(hand: Hand, ada: UUID) -> Statement:
    thread_id = hand.make_thread(ada)
    for words in NASTY:
        hand.say(thread_id, ada, words)
    hand.type(
        "INSERT INTO events (thread_id, user_id, type, data) VALUES (%s, %s, 'system',"
        ' \'{"action": "x", "list": [1, null, {"digits": 12345678901234567890.125}]}\')',
        thread_id,
        ada,
    )
    columns: Select[*tuple[Any, ...]] = select(_Event.seq, _Event.data, _Event.inserted_at)
    return columns.where(_Event.thread_id == thread_id).order_by(_Event.seq)


def read_facts(hand: Hand) -> list[dict[str, Any]]:
    """What is in the facts, typed by hand, newest first."""
    rows = hand.type(
        "SELECT f.id, f.thread_id, t.name, f.subject_id, u.name, f.predicate, f.object, f.category,"
        " f.confidence, f.disputed, f.source_event_id, f.tool_use_event_id, f.inserted_at"
        " FROM facts f JOIN threads t ON t.id = f.thread_id JOIN users u ON u.id = f.subject_id"
        " ORDER BY f.inserted_at DESC, f.id DESC"
    )
    names = (
        *("id", "thread_id", "thread", "subject_id", "subject", "predicate", "object", "category"),
        *("confidence", "disputed", "source_event_id", "tool_use_event_id", "inserted_at"),
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def spell(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def test_parquet_keeps_values_and_types(session: Session, hand: Hand, facts: Statement) -> None:
    frame = pd.read_parquet(BytesIO(write_parquet(session, facts)), dtype_backend="pyarrow")
    wanted = read_facts(hand)
    assert frame["confidence"].tolist() == [row["confidence"] for row in wanted]
    assert isinstance(frame["confidence"].iloc[0], Decimal)
    assert str(frame["inserted_at"].dtype) == "timestamp[us, tz=UTC][pyarrow]"
    assert frame["inserted_at"].tolist() == [row["inserted_at"] for row in wanted]
    assert frame["disputed"].tolist() == [row["disputed"] for row in wanted]
    for column in ("id", "thread", "subject", "object", "source_event_id", "tool_use_event_id"):
        values = [None if pd.isna(value) else value for value in frame[column]]
        assert values == [spell(row[column]) for row in wanted], column


def test_an_empty_parquet_file_has_the_types_too(session: Session, ada: UUID) -> None:
    file = BytesIO(write_parquet(session, select_facts(ada, FactFilter())))
    frame = pd.read_parquet(file, dtype_backend="pyarrow")
    assert len(frame) == 0
    assert str(frame["confidence"].dtype) == "decimal128(3, 2)[pyarrow]"


def test_csv_has_what_postgres_writes(session: Session, hand: Hand, facts: Statement) -> None:
    read = list(csv.DictReader(StringIO(write_csv(session, facts).decode(), newline="")))
    wanted = read_facts(hand)
    assert [row["object"] for row in read] == [neutralize(row["object"]) for row in wanted]
    assert "'=1+1" in {row["object"] for row in read}
    assert [row["confidence"] for row in read] == [str(row["confidence"]) for row in wanted]
    assert [row["id"] for row in read] == [str(row["id"]) for row in wanted]
    assert [row["disputed"] for row in read] == [str(row["disputed"]).lower() for row in wanted]
    times = pd.to_datetime([row["inserted_at"] for row in read], format="ISO8601")
    assert times.tolist() == [row["inserted_at"] for row in wanted]


def test_csv_tells_an_empty_text_from_none(session: Session) -> None:
    rows: Statement = select(literal("").label("empty"), cast(None, Text).label("none"))
    assert write_csv(session, rows) == b'"empty","none"\n"",\n'


def test_json_is_nested_and_csv_has_it_as_text(
    session: Session, hand: Hand, events: Statement
) -> None:
    wanted = hand.type("SELECT seq, data, inserted_at FROM events ORDER BY seq")
    objects = json.loads(write_json(session, events))
    assert [(each["seq"], each["data"]) for each in objects] == [row[:2] for row in wanted]
    assert pd.to_datetime([each["inserted_at"] for each in objects]).tolist() == [
        row[2] for row in wanted
    ]
    assert b"12345678901234567890.125" in write_json(session, events)
    read = csv.DictReader(StringIO(write_csv(session, events).decode(), newline=""))
    assert [json.loads(row["data"]) for row in read] == [row[1] for row in wanted]


def test_json_of_nothing_is_an_empty_list(session: Session, ada: UUID) -> None:
    assert json.loads(write_json(session, select_facts(ada, FactFilter()))) == []


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_a_file_has_so_many_rows_at_most(
    session: Session, hand: Hand, facts: Statement, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 2)
    file = write(session, facts).decode()
    newest, second, third = (str(row["id"]) for row in read_facts(hand)[:3])
    assert newest in file
    assert second in file
    assert third not in file


@pytest.mark.parametrize("write", [write_csv, write_json, write_parquet])
def test_a_file_has_so_many_bytes_at_most_and_no_more_of_it_is_read(
    session: Session, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200,000 rows of 10 kB each, of which a megabyte is allowed."""
    monkeypatch.setattr(files, "MOST_MEGABYTES", 1)
    made: Statement = select(
        func.repeat("x", 10_000, type_=Text).label("long"),
        # Postgres would stop there.
        (1 / (5_000 - func.generate_series(1, 200_000))).label("number"),
    )
    with pytest.raises(TooLarge, match=r"more than 1 MB\. Narrow down"):
        write(session, made)


@pytest.mark.parametrize("words", ["", *NASTY, '"""', "a\r\nb", "\\:x", "x::y :z:", "'''"])
def test_the_notebooks_lines_give_the_same_rows(
    url: str, hand: Hand, ada: UUID, facts: Statement, words: str
) -> None:
    filter = FactFilter(predicates=("said", words), thread_ids=())
    snippet = write_snippet("facts", select_facts(ada, filter))
    engine = create_engine("postgresql+psycopg://", creator=lambda: open_connection(url))
    run: dict[str, Any] = {}
    lines = snippet.replace("from sqlalchemy import create_engine, text", "")
    exec(lines, run | {"create_engine": lambda address: engine, "text": text}, run)
    engine.dispose()
    assert run["facts"]["id"].tolist() == [row["id"] for row in read_facts(hand)]


@pytest.mark.parametrize(
    "words", [*NASTY, "\\:a", "\\::a", ":a:b", "\\\\:a", "::a", "a:b :c", ": "]
)
def test_a_literal_of_python_is_the_same_query(words: str) -> None:
    statement = select(literal(words))
    query: str = eval(write_python(statement))
    compiled = text(query).compile(dialect=postgresql.dialect(paramstyle="named"))  # type: ignore[no-untyped-call]
    assert compiled.params == {}
    assert str(compiled).strip() == write_sql(statement)
