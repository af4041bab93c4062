"""A real Postgres for the tests that need one: a server per process, a fresh database per test."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import anyio
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import WebSocketTestSession
from starlette.types import Message

from burn_core.bootstrap import prepare
from db import embedded
from db.connection import begin, open_engine
from db.instance import get_cookie_key
from db.roles import Part, find_address
from db.visitor import open_visitors_engine
from tests.making import Hand

_TEMPLATE = "template_burn"
_SETTINGS = (
    # Tests don't need what these protect: rows when the machine crashes.
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    # A statement that waits for a lock forever fails its test instead.
    "statement_timeout = '60s'",
)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The address of a server that runs as long as this process's tests.

    Its folder isn't pytest's: another pytest that starts meanwhile would lock the server out.
    """
    with TemporaryDirectory(prefix="burn-") as folder, embedded.running(Path(folder)) as url:
        for setting in _SETTINGS:
            _execute(url, f"ALTER SYSTEM SET {setting}")
        _execute(url, "SELECT pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """The name of a migrated and seeded database: copying it is faster than making another."""
    _execute(server_url, "CREATE DATABASE {}", _TEMPLATE)
    prepare(make_conninfo(server_url, dbname=_TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """A database with nothing in it."""
    yield from make_database(server_url, "template1")


@pytest.fixture
def url(server_url: str, template: str) -> Iterator[str]:
    """A database of the test's own, with today's schema and the three agents."""
    yield from make_database(server_url, template)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def cookie_key(engine: Engine) -> str:
    """The key of the test's database."""
    with begin(engine) as session:
        return get_cookie_key(session)


@pytest.fixture
def web_engine(url: str, cookie_key: str) -> Iterator[Engine]:
    """The database as the web process has it. See db/visitor.py."""
    engine = open_visitors_engine(url, cookie_key)
    yield engine
    engine.dispose()


@pytest.fixture
def door_engine(url: str, cookie_key: str) -> Iterator[Engine]:
    """The database as the web process signs people in and out."""
    engine = open_engine(find_address(url, cookie_key, Part.DOOR))
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One transaction, committed at the end of the test."""
    with begin(engine) as session:
        yield session


@pytest.fixture
def hand(url: str) -> Hand:
    return Hand(url)


@pytest.fixture
def ada(hand: Hand) -> UUID:
    """A person."""
    return hand.make_user("ada")


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    """An empty thread of ada's, without agents."""
    return hand.make_thread(ada)


@pytest.fixture
def impatient_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test whose websocket hears nothing for 10 s. Starlette's client would wait forever."""

    async def receive(socket: WebSocketTestSession) -> Message:
        with anyio.fail_after(10):
            return await socket._send_rx.receive()

    monkeypatch.setattr(WebSocketTestSession, "receive", lambda it: it.portal.call(receive, it))


def make_database(server_url: str, template: str) -> Iterator[str]:
    """The address of a copy of the template, which is dropped in the end."""
    name = f"test_{uuid4().hex}"
    _execute(server_url, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
    yield make_conninfo(server_url, dbname=name)
    _execute(server_url, "DROP DATABASE {} WITH (FORCE)", name)


def _execute(server_url: str, statement: str, *names: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        identifiers = [sql.Identifier(name) for name in names]
        connection.execute(sql.SQL(statement).format(*identifiers))
