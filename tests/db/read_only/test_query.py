"""One statement as the reader: what it gives, and within which limits."""

import time

import psycopg
import pytest

from db.read_only.query import Column, Limits, QueryRefused, QueryResult, run
from db.read_only.role import derive_role, write_libpq_url
from tests.making import Hand

SEVENS = [
    "SELECT 7;",
    "SELECT 7 ;; ",
    "SELECT 7 -- and 100 % of it; really",
    "SELECT 7; -- done",
    "/* one /* in another */ */ SELECT 7",
    "-- first\nSELECT 7",
    "(SELECT 7)",
    "VALUES (7)",
    "WITH seven AS (SELECT 7) TABLE seven",
    "; SELECT 7",
]
PAIRS = [
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE facts",
    "SELECT 1); DROP TABLE facts; --",
    "EXPLAIN SELECT 1; SELECT 2",
    "COMMIT; SELECT 1",
    "SET statement_timeout = 0; SELECT pg_sleep(9)",
]
NOTHINGS = ["", " ", "-- nothing", "/* nothing */", ";"]


@pytest.fixture
def reader_url(url: str) -> str:
    return write_libpq_url(url, derive_role(Hand(url).value("SELECT cookie_key FROM instance")))


def ask(reader_url: str, statement: str, limits: Limits | None = None) -> QueryResult:
    return run(reader_url, statement, limits or Limits())


def refuse(reader_url: str, statement: str, limits: Limits | None = None) -> QueryRefused:
    with pytest.raises(QueryRefused) as refused:
        ask(reader_url, statement, limits)
    return refused.value


def test_values_come_as_psql_shows_them(reader_url: str) -> None:
    answer = ask(
        reader_url,
        """SELECT 1 AS a, 0.10::numeric(3,2) AS a, 'infinity'::timestamptz, '{"b": 2}'::jsonb,
            ARRAY[1, 2], NULL, true, '0044-03-15 BC'::date, 'é'""",
    )
    assert answer.rows == [
        ("1", "0.10", "infinity", '{"b": 2}', "{1,2}", None, "t", "0044-03-15 BC", "é")
    ]
    assert answer.columns[:3] == (
        Column("a", "int4"),
        Column("a", "numeric(3,2)"),
        Column("timestamptz", "timestamptz"),
    )
    assert not answer.has_more
    assert answer.milliseconds > 0


def test_a_query_without_rows_has_columns(reader_url: str) -> None:
    answer = ask(reader_url, "SELECT id AS mine FROM facts")
    assert (answer.columns, answer.rows) == ((Column("mine", "uuid"),), [])


def test_semicolons_and_comments_are_fine(reader_url: str) -> None:
    for statement in SEVENS:
        assert ask(reader_url, statement).rows == [("7",)]


def test_plans_and_settings_are_shown(reader_url: str) -> None:
    assert "Seq Scan on facts" in (ask(reader_url, "EXPLAIN SELECT 1 FROM facts").rows[0][0] or "")
    assert ask(reader_url, "EXPLAIN ANALYZE SELECT 1").columns == (Column("QUERY PLAN", "text"),)
    assert ask(reader_url, "SHOW statement_timeout").rows == [("5s",)]


def test_what_gives_no_rows_has_no_columns(reader_url: str) -> None:
    answer = ask(reader_url, "SET work_mem = '1MB'")
    assert (answer.columns, answer.rows, answer.has_more) == ((), [], False)


def test_a_second_statement_is_refused(reader_url: str) -> None:
    for statement in PAIRS:
        assert refuse(reader_url, statement).code == "42601"


def test_no_statement_is_refused(reader_url: str) -> None:
    for statement in NOTHINGS:
        assert refuse(reader_url, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_sleep(9)",
        "SELECT set_config('statement_timeout', '0', false), pg_sleep(9)",
        "SELECT set_config('statement_timeout', '0', true), pg_sleep(9)",
        "EXPLAIN ANALYZE SELECT pg_sleep(9)",
        "DO $$ BEGIN SET statement_timeout = 0; PERFORM pg_sleep(9); END $$",
        "SELECT count(*) FROM generate_series(1, 1000000000)",
    ],
)
def test_postgres_stops_what_takes_too_long(reader_url: str, statement: str) -> None:
    started = time.monotonic()
    assert refuse(reader_url, statement, Limits(seconds=0.3)).code == "57014"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("prefix", ["", ";", "/* a /* b */ EXPLAIN */ ;"])
def test_it_gives_so_many_rows_and_says_that_there_are_more(reader_url: str, prefix: str) -> None:
    statement = prefix + "SELECT generate_series(1, {})"
    ten = ask(reader_url, statement.format(10), Limits(rows=10))
    assert (len(ten.rows), ten.has_more) == (10, False)
    started = time.monotonic()
    more = ask(reader_url, statement.format(2_000_000_000), Limits(rows=10))
    assert (len(more.rows), more.has_more) == (10, True)
    assert time.monotonic() - started < 3


def test_it_gives_so_many_characters_but_a_row_at_least(reader_url: str) -> None:
    statement = "SELECT repeat('x', 1000) FROM generate_series(1, 100)"
    answer = ask(reader_url, statement, Limits(characters=10_500))
    assert (len(answer.rows), answer.has_more) == (10, True)
    answer = ask(reader_url, statement, Limits(characters=1))
    assert (len(answer.rows), answer.has_more) == (1, True)


def test_a_position_is_that_in_what_was_typed(reader_url: str) -> None:
    for statement, word in (
        ("SELECT *\nFORM facts", "FORM"),
        ("SELECT é, mine FROM facts", "é"),
        ("SELECT * FROM nothing", "nothing"),
        ("EXPLAIN SELECT * FROM nothing", "nothing"),
        ("DELETE FORM facts", "FORM"),
    ):
        position = refuse(reader_url, statement).position
        assert position is not None
        assert statement[position:].startswith(word)


def test_what_it_does_to_others_ends_with_it(url: str, reader_url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("LISTEN burn")
        ask(reader_url, "SELECT pg_notify('burn', 'mine'), pg_advisory_lock(7)")
        ask(reader_url, "NOTIFY burn, 'mine'")
        ask(reader_url, "DO $$ BEGIN NOTIFY burn, 'mine'; END $$")
        assert list(connection.notifies(timeout=0.3)) == []
        connection.execute("SET lock_timeout = '3s'")
        connection.execute("SELECT pg_advisory_lock(7)")


def test_no_connection_has_no_code(reader_url: str) -> None:
    refused = refuse("postgresql://nobody@127.0.0.1:9/nothing", "SELECT 1")
    assert refused.code == ""
    assert "127.0.0.1" in str(refused)
