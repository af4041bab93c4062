"""Connections to Postgres, and the one place where its errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.abc import AdaptContext
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

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
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
