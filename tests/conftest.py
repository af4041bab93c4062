"""A real Postgres for the tests that need one: a server per run, a fresh database per test."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.bootstrap import prepare
from db import embedded
from db.connection import begin, open_engine

_TEMPLATE = "template_burn"


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that lives as long as the test run."""
    with embedded.running(tmp_path_factory.mktemp("burn")) as url:
        yield url


@pytest.fixture(scope="session")
def _template(server_url: str) -> str:
    """A migrated and seeded database, which is copied for each test: far quicker than anew."""
    _execute(server_url, "CREATE DATABASE {}", _TEMPLATE)
    prepare(make_conninfo(server_url, dbname=_TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def empty_url(server_url: str) -> Iterator[str]:
    """A database with nothing in it."""
    yield from _make_database(server_url, "template1")


@pytest.fixture
def url(server_url: str, _template: str) -> Iterator[str]:
    """A database of the test's own, with today's schema and the three agents."""
    yield from _make_database(server_url, _template)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One transaction, committed at the end of the test."""
    with begin(engine) as session:
        yield session


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _make_database(server_url: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _execute(server_url, "CREATE DATABASE {} TEMPLATE {}", name, template)
    yield make_conninfo(server_url, dbname=name)
    _execute(server_url, "DROP DATABASE {} WITH (FORCE)", name)


def _execute(server_url: str, statement: str, *names: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        identifiers = [sql.Identifier(name) for name in names]
        connection.execute(sql.SQL(statement).format(*identifiers))
