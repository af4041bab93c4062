"""What Burn needs before it runs: a prepared database, and a worker if it is alone."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from burn_core.agents.roster import seed_agents
from burn_core.settings import Settings
from db import embedded
from db.connection import WORKER, begin, name_connections, open_engine
from db.instance import get_cookie_key, keep_visitor_keys
from db.migrate import migrate
from db.role_setup import set_up_roles
from db.roles import Part, find_address
from db.transaction_ids import repair_transaction_ids

_log = logging.getLogger(__name__)
# How a worker ends that no second start would help: sysexits.h calls it a configuration error.
CANT_WORK = 78


@contextmanager
def open_database(
    settings: Settings,
    on_start: Callable[[], None] = lambda: None,
    stopping: Event | None = None,
) -> Iterator[str]:
    """The address of a database with the current schema and its agents. Raises Away, Unsuitable.

    An embedded server runs at least until the block ends. on_start is called if this starts it;
    stopping, once set, ends the wait for it.
    """
    if settings.database_url:
        prepare(settings.database_url)
        yield settings.database_url
        return
    with embedded.running(settings.burn_home, on_start, stopping) as url:
        prepare(url)
        yield url


def find_database(settings: Settings, on_start: Callable[[], None]) -> str:
    """The address of the database, as from open_database, except that an embedded server that this
    starts stays running. Raises Away, Unsuitable.
    """
    url = settings.database_url or embedded.start(settings.burn_home, on_start)
    prepare(url)
    return url


def find_worker_address(url: str) -> str:
    """The address with which a worker connects to the database at url."""
    engine = open_engine(url, pool_size=1)
    try:
        with begin(engine) as session:
            address = find_address(url, get_cookie_key(session), Part.WORKER)
            return name_connections(address, WORKER)
    finally:
        engine.dispose()


def prepare(url: str) -> None:
    """Migrate, seed the agents, and set up Burn's roles. Raises Away, Unsuitable.

    Safe to call twice, and by two at once.
    """
    engine = open_engine(url, pool_size=1)
    try:
        migrate(engine)
        repair_transaction_ids(engine)
        with begin(engine) as session:
            seed_agents(session)
            keep_visitor_keys(session)
            set_up_roles(session, get_cookie_key(session))
    finally:
        engine.dispose()


@contextmanager
def running_worker(script: Path) -> Iterator[None]:
    """Run a worker process until the block ends, and restart it if it dies, unless it can't work."""
    stopping = Event()
    keeper = Thread(target=_keep_running, args=[script, stopping], name="worker", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_running(script: Path, stopping: Event) -> None:
    while not stopping.is_set():
        # It has a session of its own, or Ctrl-C would reach it before us. It stops when its
        # standard input ends, as it does however this process ends.
        worker = subprocess.Popen(
            [sys.executable, str(script), "--with-parent"],
            stdin=subprocess.PIPE,
            cwd=script.parent,
            start_new_session=True,
        )
        while worker.poll() is None and not stopping.wait(0.2):
            pass
        if stopping.is_set():
            _stop(worker)
        elif worker.returncode == CANT_WORK:
            _log.error("no agent will speak until this is fixed and Burn is restarted")
            return
        elif worker.returncode:
            _log.warning("the worker ended with code %s; starting another", worker.returncode)
            stopping.wait(1)


def _stop(worker: "subprocess.Popen[bytes]") -> None:
    assert worker.stdin is not None
    worker.stdin.close()
    try:
        worker.wait(10)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
