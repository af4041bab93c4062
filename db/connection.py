"""Connections to Postgres. Their failures are raised as the errors in errors.py."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import AdaptContext
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.types.json import set_json_loads
from sqlalchemy import Dialect, Engine, TextClause, create_engine
from sqlalchemy.orm import Session

from db.errors import Away, translated_errors
from db.jsonb import read_jsonb

set_json_loads(read_jsonb)

# What workers' connections are called in pg_stat_activity.
WORKER = "burn worker"
# A peer that vanished silently (a network partition, a lost machine) is noticed within 15 s.
_KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 2}


class Connection(psycopg.Connection):
    """A connection that knows whether a pooler such as pgbouncer stands between, and may give each
    transaction another process of Postgres.
    """

    is_pooled = False


def open_engine(url: str, pool_size: int = 10, pre_ping: bool = True) -> Engine:
    """An engine for the database at url (postgresql://…).

    pre_ping tests each connection before it is used, so that a connection cut by a restart
    is never used. A caller that retries anyway can save the time.
    """
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: open_connection(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=pre_ping,
        pool_reset_on_return="rollback",
    )


def read_address(address: str) -> str:
    """The address of a database as psycopg takes it. Raises ValueError, which tells no password.

    SQLAlchemy's addresses have a driver in their scheme, which psycopg's don't.
    """
    address = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", address.strip())
    try:
        parts = conninfo_to_dict(address)
        if "@" in str(parts.get("host")) or not re.fullmatch(r"[\d,]*", str(parts.get("port", ""))):
            raise psycopg.ProgrammingError("invalid host or port")
    except psycopg.ProgrammingError as error:
        # What is quoted is a part of the address, and can be the password.
        said = re.sub(r'"[^"]*"', "…", " ".join(str(error).split()))
        raise ValueError(
            "has to be an address like postgresql://name:password@host:5432/database. In the "
            f"password, write signs such as @, / and % as %40, %2F and %25 ({said})"
        ) from None
    return address


def name_connections(url: str, name: str) -> str:
    """The same address, with that name for its connections in pg_stat_activity."""
    return make_conninfo(url, application_name=name)


def open_connection(
    url: str,
    autocommit: bool = False,
    context: AdaptContext | None = None,
    kind: type[Connection] = Connection,
) -> Connection:
    """A plain connection, for LISTEN and for scripts. Raises Away."""
    try:
        address = make_conninfo(
            url, fallback_application_name="burn", connect_timeout=10, **_KEEPALIVE
        )
    except psycopg.ProgrammingError as error:
        raise Away(f"its address isn't one of Postgres's ({error})") from error
    with translated_errors():
        connection = kind.connect(address, autocommit=autocommit, context=context)
        connection.is_pooled = find_process(connection) != connection.info.backend_pid
        if connection.is_pooled:
            # Another connection may have the process of Postgres that knows the prepared statement.
            connection.prepare_threshold = None
        return connection


def find_process(connection: Connection) -> int:
    """The id of the process of Postgres that serves the connection now. Begins no transaction.

    Raises psycopg's errors.
    """
    found = connection.pgconn.exec_(b"SELECT pg_backend_pid()")
    if connection.pgconn.status != ConnStatus.OK:
        raise psycopg.OperationalError("the connection was cut")
    if found.status != ExecStatus.TUPLES_OK:
        raise psycopg.errors.error_from_result(found)
    return int(found.get_value(0, 0) or 0)


@contextmanager
def begin(engine: Engine) -> Iterator[Session]:
    """A session whose transaction commits at the end of the block, or rolls back on an error.

    Raises Away, and Refused where a rule of the database refuses a write.
    """
    with (
        translated_errors(),
        Session(engine, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


@contextmanager
def begin_reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads, and sees the database as it was at one moment. Raises Away."""
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with begin(snapshot) as session:
        yield session


# A statement, and the values of its parameters.
Query = tuple[TextClause, Mapping[str, object]]


def fetch_all(session: Session, *queries: Query) -> list[list[tuple[Any, ...]]]:
    """The rows of each query, in one round trip that also begins the transaction.

    For where milliseconds count: each round trip takes a third of one. Raises Away.
    """
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    texts = [_write_for_driver(statement, connection.dialect) for statement, _ in queries]
    with translated_errors(), driver.pipeline():
        cursors = [
            driver.execute(text, values) for text, (_, values) in zip(texts, queries, strict=True)
        ]
        return [cursor.fetchall() for cursor in cursors]


@lru_cache
def _write_for_driver(statement: TextClause, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect))
