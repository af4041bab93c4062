"""Running one statement that somebody typed, as the read-only role.

Each statement has a connection and a transaction of its own, so anything it sets (another time-out,
another role) is gone with it. It goes to Postgres in the extended protocol, which takes no second
statement. The transaction is never committed.
"""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import cast

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.types.string import TextLoader

from db.connection import Connection, open_connection
from db.errors import Away
from db.roles import TIMEOUT_SECONDS

# As a cursor's query, a statement can return rows and do nothing else.
_DECLARE = "DECLARE found NO SCROLL CURSOR FOR "
# Values as psql shows them: exact, and never too large or too early for a Python type.
_AS_TEXT = AdaptersMap(types=psycopg.postgres.types)
_AS_TEXT.register_loader(0, TextLoader)


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str  # Postgres' name of it: int4, numeric(3,2), timestamptz, …


Cells = tuple[str | None, ...]
_Found = tuple[tuple[Column, ...], list[Cells], bool]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a statement may return and take. characters is for all rows together."""

    rows: int = 1000
    characters: int = 20_000_000
    seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The first rows that a statement returned. One that isn't a query has no columns or rows."""

    columns: tuple[Column, ...]
    rows: list[Cells]
    has_more: bool
    milliseconds: float


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


class NoConnection(QueryRefused):
    """The role can't connect, or its connection was cut, or Postgres can't be reached."""


def run(
    url: str, statement: str, limits: Limits, sign: Callable[[int], str] | None = None
) -> QueryResult:
    """Run the statement within the limits. Raises QueryRefused.

    sign makes the value of burn.visitor (db/visitor.py) for a process of Postgres, where the role
    sees what a visitor sees.
    """
    try:
        connection = open_connection(url, context=_AS_TEXT)
    except Away as error:
        raise NoConnection(error.reason) from error
    with closing(connection):
        if sign is not None:
            signed = sign(connection.info.backend_pid).encode()
            connection.pgconn.exec_params(b"SELECT set_config('burn.visitor', $1, false)", [signed])
        connection.read_only = True
        started = time.perf_counter()
        try:
            columns, rows, has_more = _run_as_cursor(connection, statement, limits)
        except psycopg.Error as error:
            if connection.closed:
                raise NoConnection(_get_message(error)) from error
            raise _refuse(error) from error
        return QueryResult(columns, rows, has_more, (time.perf_counter() - started) * 1000)


def _run_as_cursor(connection: Connection, statement: str, limits: Limits) -> _Found:
    """A cursor makes Postgres compute no more rows than it is asked for."""
    _begin(connection, limits)
    cursor = connection.cursor()
    try:
        cursor.execute((_DECLARE + statement).encode(), prepare=True)
    except psycopg.errors.SyntaxError:
        return _run_as_it_is(connection, statement, limits)
    except psycopg.DatabaseError as error:
        if connection.closed:
            raise
        raise _refuse(error, len(_DECLARE)) from error
    # This gives the columns even where there is no row.
    columns = _list_columns(cursor.execute("FETCH 0 FROM found"))
    return columns, *_read(cursor, f"FETCH {limits.rows + 1} FROM found", limits)


def _run_as_it_is(connection: Connection, statement: str, limits: Limits) -> _Found:
    """What isn't a query: EXPLAIN, SHOW, and everything that the role isn't allowed to do."""
    _begin(connection, limits)
    cursor = connection.cursor()
    try:
        rows, has_more = _read(cursor, statement, limits)
        return _list_columns(cursor), rows, has_more
    except psycopg.ProgrammingError as error:
        # This is how the driver says that all went well and returned no rows.
        if not error.sqlstate and connection.info.transaction_status == TransactionStatus.INTRANS:
            return (), [], False
        raise


def _begin(connection: Connection, limits: Limits) -> None:
    connection.rollback()
    connection.execute(f"SET LOCAL statement_timeout = {limits.seconds * 1000:.0f}".encode())


def _read(cursor: psycopg.Cursor, statement: str, limits: Limits) -> tuple[list[Cells], bool]:
    """The rows, and whether there are more than the limits allow."""
    rows: list[Cells] = []
    room = limits.characters
    # Closing it early cancels the statement.
    stream = cast("Generator[Cells]", cursor.stream(statement.encode()))
    with closing(stream):
        for row in stream:
            room -= sum(len(cell) for cell in row if cell)
            if len(rows) == limits.rows or (rows and room < 0):
                return rows, True
            rows.append(row)
    return rows, False


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
    return error.diag.message_primary or str(error).strip()
