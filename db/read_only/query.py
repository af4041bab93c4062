"""Running one statement that somebody typed, as the read-only role.

Each statement has a connection and a transaction of its own, so anything it sets (another time-out,
another role) is gone with it. It goes to Postgres in the extended protocol, which takes no second
statement. The transaction is never committed.
"""

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar, cast

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.pq import Escaping, ExecStatus, TransactionStatus
from psycopg.types.string import TextLoader

from db.connection import Connection, find_process, open_connection
from db.errors import Away
from db.roles import TIMEOUT_SECONDS

# Postgres writes a value of any length into some messages.
_MESSAGE_CHARACTERS = 1_000
# Such a message arrives whole, and libpq can't stop in the middle. Where it can be told (on Linux), this
# is the most by which this process may grow meanwhile.
_MOST_BYTES = 200_000_000
_MEMORY = Path("/proc/self/statm")
# Some of Postgres's functions don't listen when a query is cancelled.
_GRACE_SECONDS = 1
_LOWEST_PRIORITY = 19
_OF_EACH_VALUE = 50  # characters
# As a cursor's query, a statement can return rows and do nothing else.
_DECLARE = "DECLARE found NO SCROLL CURSOR FOR "
# Its values are cut in Postgres: one can have a gigabyte. The last column has their lengths, where
# one is cut. OFFSET makes Postgres compute each value once.
_CUT = """DECLARE cut NO SCROLL CURSOR FOR
SELECT {cut}, CASE WHEN greatest({lengths}) > {most} THEN ARRAY[{lengths}]::text END
FROM (SELECT {texts} FROM (
{statement}
) AS found ({names}) OFFSET 0) AS found"""
# As psql shows it. A cast shows some types in another way.
_TEXT = "CASE WHEN num_nulls({0}) = 0 THEN format('%s', {0}) END AS {0}"
_ROWS_AT_ONCE = 20
# EXPLAIN isn't a cursor's query, but PL/pgSQL can read its rows.
_PLAN = b"""
DECLARE
    line text;
    plan text;
BEGIN
    FOR line IN EXECUTE %b LOOP
        plan := concat_ws(chr(30), plan, line);
    END LOOP;
    PERFORM set_config('burn.plan', plan, true);
END"""
_LINES = "SELECT string_to_table(current_setting('burn.plan'), chr(30))"
# Values as psql shows them: exact, and never too large or too early for a Python type.
_AS_TEXT = AdaptersMap(types=psycopg.postgres.types)
_AS_TEXT.register_loader(0, TextLoader)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str  # Postgres' name of it: int4, numeric(3,2), timestamptz, …


Cells = tuple[str | None, ...]
Lengths = dict[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a statement may return and take. characters is for all rows together, and each
    value counts as if it had 50 more, which is what it takes in memory even if it is empty.

    A value of more than value_characters is cut. No numeric has that many. With only_queries, plans
    and blocks of code are refused: a plan tells of rows that row-level security hides.
    """

    rows: int = 1000
    characters: int = 5_000_000
    value_characters: int = 150_000
    seconds: float = TIMEOUT_SECONDS
    only_queries: bool = False


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The first rows that a statement returned. One that isn't a query has no columns or rows.

    lengths has, by row and column, how many characters a value has that is cut.
    """

    columns: tuple[Column, ...]
    rows: list[Cells]
    has_more: bool
    milliseconds: float = 0
    lengths: Lengths = field(default_factory=dict)


class QueryRefused(Exception):
    """What Postgres said instead of returning rows.

    code is its SQLSTATE, or empty if the driver refused. position is the index in the statement,
    from 0, of the character that the message is about.
    """

    def __init__(
        self, message: str, code: str = "", hint: str | None = None, position: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.position = position


class StillRunning(QueryRefused):
    """It is past its time, and Postgres has been asked to stop it, but the process still works on it."""

    def __init__(self, process: int) -> None:
        super().__init__("Postgres couldn't stop this")
        self.process = process


class NoConnection(QueryRefused):
    """The role can't connect, or its connection was cut, or Postgres can't be reached."""


def run(
    url: str,
    statement: str,
    limits: Limits,
    sign: Callable[[int], str] | None = None,
    *,
    is_local: bool = False,
) -> QueryResult:
    """Run the statement within the limits. Raises QueryRefused.

    sign makes the value of burn.visitor (db/visitor.py) for a process of Postgres, where the role
    sees what a visitor sees. is_local says that Postgres runs on this machine, as a user whose
    processes this one may slow down: then what it does for the statement comes after everything else.
    """
    try:
        connection = open_connection(url, context=_AS_TEXT, kind=_Bounded)
    except Away as error:
        raise NoConnection(error.reason) from error
    with closing(cast("_Bounded", connection)) as connection:
        connection.sign = sign
        connection.read_only = True
        connection.ends_at = time.monotonic() + limits.seconds + _GRACE_SECONDS
        connection.most_bytes = _measure_memory() + _MOST_BYTES
        started = time.perf_counter()
        try:
            if is_local:
                _slow_down(find_process(connection))
            with _ended_after(connection, limits.seconds):
                result = _run_as_cursor(connection, statement, limits)
        except psycopg.Error as error:
            if connection.is_still_running:
                raise StillRunning(connection.process) from error
            if connection.closed:
                raise NoConnection(_get_message(error)) from error
            raise _refuse(error) from error
        return replace(result, milliseconds=(time.perf_counter() - started) * 1000)


def _slow_down(process: int) -> None:
    """Let everything else go first."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process, _LOWEST_PRIORITY)


class _Bounded(Connection):
    """A connection that waits for an answer no longer than until ends_at, and only while this process
    has memory for it. After that it can only be closed.
    """

    ends_at = inf  # as time.monotonic() counts
    most_bytes = inf
    is_still_running = False
    sign: Callable[[int], str] | None = None
    process = 0  # of Postgres, in this transaction

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **more: Any) -> T:
        return super().wait(self._bound(gen), *args, **more)

    def _bound(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if _measure_memory() > self.most_bytes:
                    raise psycopg.errors.ProgramLimitExceeded(
                        "Burn has too little memory for this answer"
                    )
                if time.monotonic() > self.ends_at:
                    self.is_still_running = True
                    self.close()
                    raise psycopg.errors.QueryCanceled("the query goes on")
                wanted = gen.send(ready)
        except StopIteration as done:
            return cast("T", done.value)


def _measure_memory() -> int:
    """The memory of this process in bytes, or 0 if it can't be told."""
    try:
        return int(_MEMORY.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


@contextmanager
def _ended_after(connection: Connection, seconds: float) -> Iterator[None]:
    """Postgres's own limit is for each part of the rows, and a statement can lift it. This one is for
    the whole block.
    """
    is_over = Event()

    def cancel_late() -> None:
        late = seconds
        while not is_over.wait(late):
            late = 0.2
            with suppress(psycopg.Error):
                connection.cancel_safe()

    Thread(target=cancel_late, daemon=True).start()
    try:
        yield
    finally:
        is_over.set()


def _run_as_cursor(connection: "_Bounded", statement: str, limits: Limits) -> QueryResult:
    """A cursor makes Postgres compute no more rows than it is asked for."""
    cursor = connection.cursor()
    is_declared = False
    while not is_declared:
        _begin(connection, limits)
        try:
            cursor.execute((_DECLARE + statement).encode(), prepare=True)
            is_declared = True
        except psycopg.errors.SyntaxError as error:
            at = _find_semicolon(error, statement, len(_DECLARE))
            if at is not None:  # before the statement: only comments can be there, and more of them
                rest = statement[at + 1 :].lstrip("; \t\n\r")
                statement = rest.rjust(len(statement))
                continue
            if limits.only_queries:
                raise _refuse(error, len(_DECLARE)) from error
            return _run_as_it_is(connection, statement, limits)
        except psycopg.DatabaseError as error:
            if connection.closed:
                raise
            raise _refuse(error, len(_DECLARE)) from error
    # This gives the columns even where there is no row.
    columns = _list_columns(cursor.execute("FETCH 0 FROM found"))
    if not columns:
        return _read(_fetch(cursor, "found"), columns, limits)
    return _read_cut(connection, statement, columns, limits)


def _read_cut(
    connection: "_Bounded", statement: str, columns: tuple[Column, ...], limits: Limits
) -> QueryResult:
    most = min(limits.value_characters, max(1, limits.characters // len(columns)))
    names = [f"c{number}" for number in range(len(columns))]
    cutting = _CUT.format(
        cut=", ".join(f"left({name}, {most})" for name in names),
        lengths=", ".join(f"coalesce(length({name}), 0)" for name in names),
        texts=", ".join(_TEXT.format(name) for name in names),
        names=", ".join(names),
        most=most,
        statement=statement,
    )
    cursor = connection.cursor()
    try:
        cursor.execute(cutting.encode(), prepare=True)
    except psycopg.errors.SyntaxError as error:
        offset = cutting.index(statement)
        at = _find_semicolon(error, statement, offset)
        if at is None:
            raise
        # Only comments and more semicolons follow it: the statement alone was accepted.
        _begin(connection, limits)
        return _read_cut(connection, statement[:at], columns, limits)
    return _read(_fetch(cursor, "cut"), columns, limits, has_lengths=True)


def _run_as_it_is(connection: "_Bounded", statement: str, limits: Limits) -> QueryResult:
    """What isn't a query: EXPLAIN, SHOW, and everything that the role isn't allowed to do."""
    _begin(connection, limits)
    cursor = connection.cursor()
    if _is_plan(connection, statement):
        quote = Escaping(connection.pgconn).escape_literal
        body = _PLAN % quote(statement.encode())
        cursor.execute(b"DO " + quote(body))
        return _read_cut(connection, _LINES, (Column("QUERY PLAN", "text"),), limits)
    try:
        result = _read(_stream(cursor, statement), (), limits)
        return replace(result, columns=_list_columns(cursor))
    except psycopg.ProgrammingError as error:
        # This is how the driver says that all went well and returned no rows.
        if not error.sqlstate and connection.info.transaction_status == TransactionStatus.INTRANS:
            return QueryResult((), [], False)
        raise


def _is_plan(connection: Connection, statement: str) -> bool:
    """Whether the statement is an EXPLAIN, as its only column says. Raises what Postgres refuses."""
    asked = connection.pgconn.prepare(b"asked", statement.encode())
    if asked.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(asked)
    described = connection.pgconn.describe_prepared(b"asked")
    return described.nfields == 1 and described.fname(0) == b"QUERY PLAN"


def _find_semicolon(error: psycopg.Error, statement: str, offset: int) -> int | None:
    """Where in the statement Postgres stumbled, if that is a semicolon."""
    at = int(error.diag.statement_position or 0) - 1 - offset
    return at if statement[max(at, 0) : at + 1] == ";" else None


def _begin(connection: "_Bounded", limits: Limits) -> None:
    """What is set holds for the transaction: behind a pooler, the next one may be somebody else's."""
    connection.rollback()
    connection.execute(f"SET LOCAL statement_timeout = {limits.seconds * 1000:.0f}".encode())
    connection.process = find_process(connection)
    if connection.sign is not None:
        signed = connection.sign(connection.process).encode()
        connection.pgconn.exec_params(b"SELECT set_config('burn.visitor', $1, true)", [signed])


def _fetch(cursor: psycopg.Cursor, name: str) -> Generator[Cells]:
    """A cursor's rows, so few at once that those beyond a limit cost little."""
    count = _ROWS_AT_ONCE
    while count == _ROWS_AT_ONCE:
        count = 0
        for count, row in enumerate(_stream(cursor, f"FETCH {_ROWS_AT_ONCE} FROM {name}"), 1):  # noqa: B007
            yield row


def _stream(cursor: psycopg.Cursor, statement: str) -> Generator[Cells]:
    return cast("Generator[Cells]", cursor.stream(statement.encode()))


def _read(
    stream: Generator[Cells],
    columns: tuple[Column, ...],
    limits: Limits,
    *,
    has_lengths: bool = False,
) -> QueryResult:
    """The rows, and whether there are more than the limits allow."""
    rows: list[Cells] = []
    lengths: Lengths = {}
    room = limits.characters
    # Closing it early cancels the statement.
    with closing(stream):
        for row in stream:
            *cells, told = row if has_lengths else (*row, None)
            room -= sum(_OF_EACH_VALUE + len(cell or "") for cell in cells)
            if len(rows) == limits.rows or (rows and room < 0):
                return QueryResult(columns, rows, True, lengths=lengths)
            for at, length in enumerate(told[1:-1].split(",") if told else ()):
                if int(length) > len(cells[at] or ""):
                    lengths[len(rows), at] = int(length)
            rows.append(tuple(cells))
    return QueryResult(columns, rows, False, lengths=lengths)


def _list_columns(cursor: psycopg.Cursor) -> tuple[Column, ...]:
    return tuple(Column(each.name, each.type_display) for each in cursor.description or ())


def _refuse(error: psycopg.Error, offset: int = 0) -> QueryRefused:
    """offset is how many characters were put before the statement."""
    at = error.diag.statement_position
    position = int(at) - 1 - offset if at else None
    return QueryRefused(
        _get_message(error), error.sqlstate or "", error.diag.message_hint, position
    )


def _get_message(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error).strip()
    return said if len(said) <= _MESSAGE_CHARACTERS else f"{said[:_MESSAGE_CHARACTERS]}…"
