"""Connections to Postgres, and the one place where its errors become ours."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import AdaptContext
from psycopg.conninfo import make_conninfo
from sqlalchemy import Dialect, Engine, TextClause, create_engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from db.errors import Away, Refused

Connection = psycopg.Connection

# A peer that vanished without a word (a partition, a lost machine) is noticed within 15 s.
_KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2}


def open_engine(url: str, pool_size: int = 10, pre_ping: bool = True) -> Engine:
    """An engine on url (postgresql://…).

    pre_ping tries each connection before it is used, so that none fails that a restart cut; who
    tries again anyway can save the time.
    """
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: open_connection(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=pre_ping,
        pool_reset_on_return="rollback",
    )


def open_connection(
    url: str, autocommit: bool = False, context: AdaptContext | None = None
) -> Connection:
    """A plain connection, for LISTEN and for scripts. Raises psycopg.OperationalError."""
    return psycopg.connect(
        make_conninfo(url, application_name="burn", connect_timeout=10, **_KEEPALIVE),
        autocommit=autocommit,
        context=context,
    )


@contextmanager
def begin(engine: Engine) -> Iterator[Session]:
    """A session whose transaction commits at the end of the block, or rolls back on an error."""
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except IntegrityError as error:
        raise Refused("", str(error.orig)) from error
    except OperationalError as error:
        raise Away(str(error.orig)) from error


@contextmanager
def begin_reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads, and sees the database as it is at one moment."""
    still = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with begin(still) as session:
        yield session


# A statement, and the values of its parameters.
Query = tuple[TextClause, Mapping[str, object]]


def fetch_all(session: Session, *queries: Query) -> list[list[tuple[Any, ...]]]:
    """The rows of each of the queries, in one round trip, the transaction's beginning included.

    Where milliseconds count: each round trip of its own costs a third of one. Raises
    OperationalError as the session does.
    """
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    texts = [_write_for_driver(statement, connection.dialect) for statement, _ in queries]
    try:
        with driver.pipeline():
            cursors = [
                driver.execute(text, values)
                for text, (_, values) in zip(texts, queries, strict=True)
            ]
            return [cursor.fetchall() for cursor in cursors]
    except psycopg.OperationalError as error:
        raise OperationalError(texts[0], None, error) from error


@lru_cache
def _write_for_driver(statement: TextClause, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect))
