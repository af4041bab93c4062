"""One statement as the read-only role: its result, its limits and its refusals."""

import time

import psycopg
import pytest

from db.read_only.query import Column, Limits, QueryRefused, QueryResult, run
from db.roles import Part, derive_role, write_libpq_url

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
def role_url(url: str, cookie_key: str) -> str:
    return write_libpq_url(url, derive_role(cookie_key, Part.READER))


def ask(role_url: str, statement: str, limits: Limits | None = None) -> QueryResult:
    return run(role_url, statement, limits or Limits())


def refuse(role_url: str, statement: str, limits: Limits | None = None) -> QueryRefused:
    with pytest.raises(QueryRefused) as refused:
        ask(role_url, statement, limits)
    return refused.value


def test_values_come_as_psql_shows_them(role_url: str) -> None:
    result = ask(
        role_url,
        """SELECT 1 AS a, 0.10::numeric(3,2) AS a, 'infinity'::timestamptz, '{"b": 2}'::jsonb,
            ARRAY[1, 2], NULL, true, '0044-03-15 BC'::date, 'é'""",
    )
    assert result.rows == [
        ("1", "0.10", "infinity", '{"b": 2}', "{1,2}", None, "t", "0044-03-15 BC", "é")
    ]
    assert result.columns[:3] == (
        Column("a", "int4"),
        Column("a", "numeric(3,2)"),
        Column("timestamptz", "timestamptz"),
    )
    assert not result.has_more
    assert result.milliseconds > 0


def test_a_query_without_rows_has_columns(role_url: str) -> None:
    result = ask(role_url, "SELECT id AS mine FROM facts")
    assert (result.columns, result.rows) == ((Column("mine", "uuid"),), [])


def test_semicolons_and_comments_are_fine(role_url: str) -> None:
    for statement in SEVENS:
        assert ask(role_url, statement).rows == [("7",)]


def test_plans_and_settings_are_shown(role_url: str) -> None:
    assert "Seq Scan on facts" in (ask(role_url, "EXPLAIN SELECT 1 FROM facts").rows[0][0] or "")
    assert ask(role_url, "EXPLAIN ANALYZE SELECT 1").columns == (Column("QUERY PLAN", "text"),)
    assert ask(role_url, "SHOW statement_timeout").rows == [("5s",)]


def test_a_statement_without_rows_has_no_columns(role_url: str) -> None:
    result = ask(role_url, "SET work_mem = '1MB'")
    assert (result.columns, result.rows, result.has_more) == ((), [], False)


def test_a_second_statement_is_refused(role_url: str) -> None:
    for statement in PAIRS:
        assert refuse(role_url, statement).code == "42601"


def test_an_empty_statement_is_refused(role_url: str) -> None:
    for statement in NOTHINGS:
        assert refuse(role_url, statement)


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
def test_postgres_stops_a_statement_that_takes_too_long(role_url: str, statement: str) -> None:
    started = time.monotonic()
    assert refuse(role_url, statement, Limits(seconds=0.3)).code == "57014"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("prefix", ["", ";", "/* a /* b */ EXPLAIN */ ;"])
def test_rows_beyond_the_limit_are_left_out_which_is_said(role_url: str, prefix: str) -> None:
    statement = prefix + "SELECT generate_series(1, {})"
    ten = ask(role_url, statement.format(10), Limits(rows=10))
    assert (len(ten.rows), ten.has_more) == (10, False)
    started = time.monotonic()
    more = ask(role_url, statement.format(2_000_000_000), Limits(rows=10))
    assert (len(more.rows), more.has_more) == (10, True)
    assert time.monotonic() - started < 3


def test_characters_beyond_the_limit_are_left_out_but_never_the_first_row(role_url: str) -> None:
    statement = "SELECT repeat('x', 1000) FROM generate_series(1, 100)"
    result = ask(role_url, statement, Limits(characters=10_500))
    assert (len(result.rows), result.has_more) == (10, True)
    result = ask(role_url, statement, Limits(characters=1))
    assert (len(result.rows), result.has_more) == (1, True)


def test_a_position_is_the_place_in_the_statement_as_typed(role_url: str) -> None:
    for statement, word in (
        ("SELECT *\nFORM facts", "FORM"),
        ("SELECT é, mine FROM facts", "é"),
        ("SELECT * FROM nothing", "nothing"),
        ("EXPLAIN SELECT * FROM nothing", "nothing"),
        ("DELETE FORM facts", "FORM"),
    ):
        position = refuse(role_url, statement).position
        assert position is not None
        assert statement[position:].startswith(word)


def test_a_statement_leaves_no_notification_or_lock_behind(url: str, role_url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("LISTEN burn")
        ask(role_url, "SELECT pg_notify('burn', 'mine'), pg_advisory_lock(7)")
        ask(role_url, "NOTIFY burn, 'mine'")
        ask(role_url, "DO $$ BEGIN NOTIFY burn, 'mine'; END $$")
        assert list(connection.notifies(timeout=0.3)) == []
        connection.execute("SET lock_timeout = '3s'")
        connection.execute("SELECT pg_advisory_lock(7)")


def test_a_missing_connection_has_no_code(role_url: str) -> None:
    refused = refuse("postgresql://nobody@127.0.0.1:9/nothing", "SELECT 1")
    assert refused.code == ""
    assert "127.0.0.1" in str(refused)
