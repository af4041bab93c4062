"""The queue of notifications: a session that listens and never reads keeps nobody from writing."""

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, text

from burn_core.bootstrap import prepare
from db import embedded
from db.connection import begin, open_engine
from db.errors import Away
from db.instance import get_cookie_key
from db.queue import Queue
from db.roles import Part, derive_role, find_address, write_libpq_url
from tests.making import Hand, wait_for

INSERT = text(
    "INSERT INTO events (thread_id, user_id, type, data)"
    " SELECT thread_id, user_id, 'text', '{\"text\": \"hello\"}' FROM memberships"
)


@pytest.fixture(scope="module")
def short_url() -> Iterator[str]:
    """The database of a server whose queue holds half a megabyte. Otherwise it is 8 GB."""
    with TemporaryDirectory(prefix="burn-") as folder:
        with embedded.running(Path(folder)) as url, psycopg.connect(url, autocommit=True) as own:
            own.execute("ALTER SYSTEM SET max_notify_queue_pages = 64")
        with embedded.running(Path(folder)) as url:
            prepare(url)
            yield url


@pytest.fixture
def short_engine(short_url: str) -> Iterator[Engine]:
    engine = open_engine(short_url)
    yield engine
    engine.dispose()


@pytest.fixture
def notebook_url(short_url: str, short_engine: Engine) -> str:
    with begin(short_engine) as session:
        return write_libpq_url(short_url, derive_role(get_cookie_key(session), Part.NOTEBOOK))


@pytest.fixture
def door_engine(short_url: str, short_engine: Engine) -> Iterator[Engine]:
    with begin(short_engine) as session:
        door = find_address(short_url, get_cookie_key(session), Part.DOOR)
    engine = open_engine(door)
    yield engine
    engine.dispose()


@pytest.fixture
def thread_id(short_url: str) -> Iterator[UUID]:
    hand = Hand(short_url)
    yield hand.make_thread(hand.make_user())
    wait_for(lambda: hand.value("SELECT pg_notification_queue_usage() < 0.1"))
    hand.type("DELETE FROM threads")
    hand.type("DELETE FROM users WHERE type = 'human'")


def write(engine: Engine) -> None:
    with begin(engine) as session:
        session.execute(INSERT)


def fill(url: str, listener: psycopg.Connection) -> None:
    """As somebody who has a role's address and lifts every limit they can."""
    listener.execute("SET idle_in_transaction_session_timeout = 0")
    listener.execute("LISTEN mine")
    listener.execute("BEGIN")
    listener.execute("SELECT 1")
    with psycopg.connect(url, autocommit=True) as sender:
        for number in range(100):
            try:
                sender.execute("SELECT pg_notify('mine', %s)", [str(number).zfill(7_900)])
            except psycopg.OperationalError:
                return
    raise AssertionError("the queue never was full")


def test_who_listens_and_never_reads_is_cut_off_before_nobody_can_write(
    short_engine: Engine,
    door_engine: Engine,
    notebook_url: str,
    thread_id: UUID,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with psycopg.connect(notebook_url, autocommit=True) as listener:
        fill(notebook_url, listener)
        with pytest.raises(Away, match="had to give up"):
            write(short_engine)
        with begin(door_engine) as session:
            Queue().tend(session)
        assert [it.message for it in caplog.records] == [
            "the queue of notifications was 100 % full, so Burn has ended the sessions of hosts' "
            "programs and of the console: 1"
        ]

        def is_empty() -> bool:
            with begin(door_engine) as session:
                used: float = session.scalar(text("SELECT used FROM burn_tend_queue(2)"))
                return used < 0.1

        wait_for(is_empty)
        write(short_engine)
        with pytest.raises(psycopg.OperationalError):
            listener.execute("SELECT 1")


def test_whom_burn_may_not_end_it_names_once(
    short_url: str,
    door_engine: Engine,
    thread_id: UUID,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with psycopg.connect(short_url, autocommit=True) as listener:
        fill(short_url, listener)
        queue = Queue()
        for _ in range(3):
            with begin(door_engine) as session:
                queue.tend(session)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "pg_terminate_backend" in record.message


def test_a_queue_that_is_short_is_left_alone(
    door_engine: Engine, notebook_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(notebook_url, autocommit=True) as program:
        program.execute("LISTEN mine")
        program.execute("NOTIFY mine, 'one'")
        with begin(door_engine) as session:
            Queue().tend(session)
        program.execute("SELECT 1")
    assert caplog.records == []
