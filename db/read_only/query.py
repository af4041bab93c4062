"""One statement that somebody typed, run as the reader.

Each has a connection and a transaction of its own, so what a statement sets (another time-out,
another role) would be set for later ones, of which there are none. It goes to Postgres in the
extended protocol, which takes no second statement. The transaction is never committed.
"""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import cast

import psycopg
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus
from psycopg.types.string import TextLoader

from db.connection import Connection, open_connection
from db.read_only.role import TIMEOUT_SECONDS

# As a cursor's query, a statement can give rows and do nothing else.
_DECLARE = "DECLARE found NO SCROLL CURSOR FOR "
# Values as psql shows them: exact, and none is beyond what Python can hold.
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
    """What a statement may take and give. All rows together have at most so many characters."""

    rows: int = 1000
    characters: int = 20_000_000
    seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class Answer:
    """The first rows that a statement gave. What isn't a query has neither columns nor rows."""

    columns: tuple[Column, ...]
    rows: list[Cells]
    has_more: bool
    milliseconds: float


class Refused(Exception):
    """What Postgres said instead of giving rows.

    code is its SQLSTATE, or empty where the driver refused by itself. position is that of a
    character of the statement, from 0.
    """

    def __init__(self, error: psycopg.Error, offset: int = 0) -> None:
        super().__init__(error.diag.message_primary or str(error).strip())
        self.code = error.sqlstate or ""
        self.hint = error.diag.message_hint
        at = error.diag.statement_position
        self.position = int(at) - 1 - offset if at else None


class NoConnection(Refused):
    """The reader isn't let in, or was thrown out, or Postgres is away."""


def run(url: str, statement: str, limits: Limits) -> Answer:
    """Give what the statement gives within the limits. Raises Refused."""
    try:
        connection = open_connection(url, context=_AS_TEXT)
    except psycopg.OperationalError as error:
        raise NoConnection(error) from error
    with closing(connection):
        connection.read_only = True
        started = time.perf_counter()
        try:
            columns, rows, has_more = _run_as_cursor(connection, statement, limits)
        except psycopg.Error as error:
            if connection.closed:
                raise NoConnection(error) from error
            raise Refused(error) from error
        return Answer(columns, rows, has_more, (time.perf_counter() - started) * 1000)


def _run_as_cursor(connection: Connection, statement: str, limits: Limits) -> _Found:
    """Postgres gives no more rows than it is asked for."""
    _begin(connection, limits)
    cursor = connection.cursor()
    try:
        cursor.execute((_DECLARE + statement).encode(), prepare=True)
    except psycopg.errors.SyntaxError:
        return _run_as_it_is(connection, statement, limits)
    except psycopg.DatabaseError as error:
        if connection.closed:
            raise
        raise Refused(error, len(_DECLARE)) from error
    # For its columns, which no row would tell where there is none.
    columns = _list_columns(cursor.execute("FETCH 0 FROM found"))
    return columns, *_read(cursor, f"FETCH {limits.rows + 1} FROM found", limits)


def _run_as_it_is(connection: Connection, statement: str, limits: Limits) -> _Found:
    """What is no query: EXPLAIN and SHOW, and all that the reader may not do."""
    _begin(connection, limits)
    cursor = connection.cursor()
    try:
        rows, has_more = _read(cursor, statement, limits)
        return _list_columns(cursor), rows, has_more
    except psycopg.ProgrammingError as error:
        # The driver's own way to say that all went well and gave no rows.
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
    # Closed early, it cancels the statement.
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
