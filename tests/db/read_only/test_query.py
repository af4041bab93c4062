"""One statement as the read-only role: its result, its limits and its refusals."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from db.read_only.query import Column, Limits, QueryRefused, QueryResult, StillRunning, run
from db.roles import Part, derive_role, write_libpq_url
from tests.making import Hand, wait_for

ROOT = Path(__file__).parent.parent.parent.parent

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


def test_a_row_of_many_empty_values_counts_too(role_url: str) -> None:
    wide = f"SELECT {', '.join(['NULL'] * 1_600)} FROM generate_series(1, 1000)"
    result = ask(role_url, wide)
    assert len(result.rows) == 5_000_000 // (1_600 * 50)
    assert result.has_more


def test_characters_beyond_the_limit_are_left_out_but_never_the_first_row(role_url: str) -> None:
    statement = "SELECT repeat('x', 1000) FROM generate_series(1, 100)"
    result = ask(role_url, statement, Limits(characters=10_600))
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


def test_a_statement_leaves_no_notification_behind(url: str, role_url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("LISTEN burn")
        ask(role_url, "SELECT pg_notify('burn', 'mine')")
        ask(role_url, "NOTIFY burn, 'mine'")
        ask(role_url, "DO $$ BEGIN NOTIFY burn, 'mine'; END $$")
        assert list(connection.notifies(timeout=0.3)) == []


def test_nobody_fills_the_table_of_locks(role_url: str) -> None:
    for name in ("advisory_lock", "try_advisory_lock", "advisory_xact_lock_shared"):
        for keys in ("n", "1, n::int"):
            locking = f"SELECT pg_{name}({keys}) FROM generate_series(1, 20000::bigint) AS n"
            assert refuse(role_url, locking).code == "42501"


def test_a_query_that_postgres_cant_stop_is_given_up(url: str, role_url: str) -> None:
    started = time.monotonic()
    searching = "SELECT strpos(repeat('a', 1000000), 'b' || repeat('a', 20000))"  # takes seconds
    with pytest.raises(StillRunning) as refused:
        ask(role_url, searching, Limits(seconds=0.3))
    assert time.monotonic() - started < 4
    working = "SELECT pid FROM pg_stat_activity WHERE pid = %s"
    assert Hand(url).type(working, refused.value.process)
    wait_for(lambda: not Hand(url).type(working, refused.value.process), 60)


def test_a_query_comes_after_everything_else_on_this_machine(url: str, role_url: str) -> None:
    finding = "SELECT pid FROM pg_stat_activity WHERE usename = %s"
    role = conninfo_to_dict(role_url)["user"]
    hand = Hand(url)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(run, role_url, "SELECT pg_sleep(1)", Limits(), is_local=True)
        [(process,)] = wait_for(lambda: hand.type(finding, role))
        wait_for(lambda: os.getpriority(os.PRIO_PROCESS, process) == 19)
        assert asked.result(10).rows


@pytest.mark.parametrize(
    "statement",
    [
        "WITH x AS MATERIALIZED (SELECT repeat('x', 1000000) AS s)"
        " SELECT cardinality(array_agg(s)) FROM x, generate_series(1, 3000)",
        "SELECT length(string_agg(s, '')) + length(string_agg(s, '' ORDER BY n)) FROM"
        " (SELECT n, repeat('x', 900000) AS s FROM generate_series(1, 900) AS n) AS t",
    ],
)
def test_a_query_that_wants_a_lot_of_memory_fails_alone(role_url: str, statement: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        ask(role_url, statement, Limits(seconds=60))
    assert refused.value.code == "53200", refused.value  # out of memory
    assert ask(role_url, "SELECT 1").rows == [("1",)]


def test_a_missing_connection_has_no_code(role_url: str) -> None:
    refused = refuse("postgresql://nobody@127.0.0.1:9/nothing", "SELECT 1")
    assert refused.code == ""
    assert "127.0.0.1" in str(refused)


HUGE = "repeat('x', 40000000)"


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT 1 AS small, {HUGE} AS a",
        f"SELECT 1, {HUGE}; -- done",
        f"; SELECT 1, {HUGE}",
        f"WITH found AS MATERIALIZED (SELECT 1, {HUGE}) TABLE found",
        f"VALUES (1, {HUGE})",
        f"EXPLAIN SELECT 1 FROM facts WHERE predicate = {HUGE}",
        f"EXPLAIN (VERBOSE, FORMAT JSON) SELECT {HUGE}",
        "SELECT n, repeat('x', 1000000) FROM generate_series(1, 1000) AS n",
        "SELECT n, repeat('x', 1000000) FROM generate_series(1, 1000) AS n /* ; */ ;",
    ],
)
def test_huge_values_are_cut_before_they_travel(role_url: str, statement: str) -> None:
    """A process of its own, so that the memory which this needs can be told."""
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE, role_url, statement],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
    )
    megabytes, longest, cut = map(int, measured.stdout.split())
    assert longest > 1_000_000 - 1
    assert cut == 1
    assert megabytes < 30


def test_an_error_that_is_huge_is_not_read_whole(role_url: str) -> None:
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE_ERROR, role_url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
    )
    code, megabytes = measured.stdout.split()
    assert code == "54000"
    assert int(megabytes) < 900  # libpq reads on between two looks at the memory


_MEASURE_ERROR = """
import resource, sys
from db.read_only.query import Limits, QueryRefused, run
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    run(sys.argv[1], "SELECT repeat('x', 200000000)::int", Limits(seconds=30))
except QueryRefused as refused:
    print(refused.code, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""

_MEASURE = """
import resource, sys
from db.read_only.query import Limits, run
run(sys.argv[1], "SELECT 1", Limits())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = run(sys.argv[1], sys.argv[2], Limits(seconds=30))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
cut = all(len(result.rows[at][column]) < length for (at, column), length in result.lengths.items())
print(peak // 1024, max(result.lengths.values()), int(cut))
"""


def test_a_cut_value_keeps_its_beginning_and_its_length(role_url: str) -> None:
    limits = Limits(value_characters=3)
    result = ask(role_url, "SELECT 'abc', 'äöüß', NULL, 12345 ORDER BY 1", limits)
    assert result.rows == [("abc", "äöü", None, "123")]
    assert result.lengths == {(0, 1): 4, (0, 3): 5}


def test_rows_keep_their_order_and_odd_columns_their_values(role_url: str) -> None:
    result = ask(role_url, "SELECT n FROM generate_series(1, 500) AS n ORDER BY -n")
    assert [int(row[0] or 0) for row in result.rows] == list(range(500, 0, -1))
    odd = (
        "SELECT 1 AS c0, 2 AS c0, ROW(1, 'a b'), pg_sleep(0), '{}'::int[], 'x'::name, 'y'::\"char\""
    )
    assert ask(role_url, odd).rows == [("1", "2", '(1,"a b")', "", "{}", "x", "y")]
    assert ask(role_url, "SELECT FROM generate_series(1, 3)").rows == [(), (), ()]
    wide = "SELECT " + ", ".join("1" for _ in range(1600))
    assert len(ask(role_url, wide).rows[0]) == 1600


def test_a_plan_is_one_statements_whatever_it_quotes(role_url: str) -> None:
    plan = ask(role_url, "EXPLAIN SELECT '$$; ''' || E'\\'' || $do$ x $do$ FROM facts")
    assert "Seq Scan on facts" in (plan.rows[0][0] or "")
    (row,) = ask(role_url, "EXPLAIN (FORMAT JSON) SELECT 1").rows
    assert (row[0] or "").startswith("[")
