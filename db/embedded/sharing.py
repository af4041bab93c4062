"""One server for all processes that use it: shared, watched over, and stopped by the last one."""

import errno
import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from db.embedded.data_folder import describe_full_disk, is_made, make_ready
from db.embedded.server import Server, find_address, open_lock, stop
from db.embedded.socket_folder import remove_short_folder
from db.embedded.starting import ensure_up, refuse_if_set
from db.embedded.system_user import choose_user
from db.errors import CannotStart

_log = logging.getLogger(__name__)
_MOST_LOG_BYTES = 20_000_000
_WATCH_SECONDS = 0.5
_RETRY_SECONDS = 1.0
_SAY_SECONDS = 5.0


def _say_nothing() -> None:
    pass


@contextmanager
def running(
    home: Path, on_start: Callable[[], None] = _say_nothing, stopping: Event | None = None
) -> Iterator[str]:
    """Run the server in home (made if missing) for the length of the block; yields its address.

    Several processes can be in such a block; the last one to leave stops the server. If the server
    ends earlier, it is started again, at the same address. on_start is called if it wasn't
    running; stopping, once set, ends the wait for it. Raises CannotStart.
    """
    server = _find(home)
    stopping = stopping or Event()
    with _locked(server, stopping) as lock:
        users = _enter(server)
        try:
            url = _start(server, lock, on_start, stopping)
        except BaseException:
            _leave(server, users)
            raise
    try:
        with _watched(server):
            yield url
    finally:
        with _locked(server, Event()):
            _leave(server, users)


def start(home: Path, on_start: Callable[[], None] = _say_nothing) -> str:
    """Start the server if it isn't running, and leave it running. Returns its address.

    Raises CannotStart.
    """
    server = _find(home)
    with _locked(server, Event()) as lock:
        return _start(server, lock, on_start, Event())


def _find(home: Path) -> Server:
    """The server of home, running or not."""
    home = Path(os.path.realpath(home))
    if "\n" in str(home):
        raise CannotStart("The path of BURN_HOME has a line break in it: set it to another folder.")
    data = Path(os.path.realpath(home / "postgres"))
    with _explained(home):
        return Server(home, data, choose_user(data))


def _start(server: Server, lock: int, on_start: Callable[[], None], stopping: Event) -> str:
    if find_address(server) is None:
        on_start()
        make_ready(server.data, server.user, lock)
    return ensure_up(server, stopping)


@contextmanager
def _watched(server: Server) -> Iterator[None]:
    """In the block, the server is started again whenever it ends."""
    stopping = Event()
    watcher = Thread(target=_watch, args=[server, stopping], name="database", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        watcher.join()


def _watch(server: Server, stopping: Event) -> None:
    said = ""
    while not stopping.wait(_WATCH_SECONDS):
        try:
            with _explained(server.home):
                if find_address(server) is None:
                    _restart(server, stopping)
                _shorten(server.log)
            said = ""
        except CannotStart as error:
            if str(error) != said and not stopping.is_set():
                _log.warning("%s", error)
            said = str(error)
            stopping.wait(_RETRY_SECONDS)


def _shorten(log: Path) -> None:
    """Begin the log again once it is long: a query that meets its limit of memory adds up to a megabyte."""
    with suppress(OSError):
        if log.stat().st_size > _MOST_LOG_BYTES:
            os.truncate(log, 0)


def _restart(server: Server, stopping: Event) -> None:
    with _locked(server, stopping):
        if find_address(server):
            return
        if not is_made(server.data):
            raise CannotStart(f"Burn's database is gone: {server.data} was moved or deleted.")
        _log.warning("the database server ended; starting it again")
        ensure_up(server, stopping)


def _enter(server: Server) -> int:
    """Become one of the server's users. Returns the lock that says so."""
    users = open_lock(server, "users.lock")
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def _leave(server: Server, users: int) -> None:
    """Stop the server, if no one else is using it."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        stop(server)
        remove_short_folder(server)
    except BlockingIOError:
        pass
    finally:
        os.close(users)


@contextmanager
def _locked(server: Server, stopping: Event) -> Iterator[int]:
    """Hold starting.lock, so that one process at a time starts or stops the server.

    Raises CannotStart if stopping is set before it is free.
    """
    with _explained(server.home):
        server.home.mkdir(parents=True, exist_ok=True)
        file = open_lock(server, "starting.lock")
        try:
            _wait_for(file, stopping)
            yield file
        finally:
            os.close(file)


def _wait_for(file: int, stopping: Event) -> None:
    say_at = time.monotonic() + _SAY_SECONDS
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > say_at:
                _log.warning(
                    "waiting for another process, which is starting or stopping Burn's database"
                )
                say_at += 60
            refuse_if_set(stopping, 0.05)


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """In the block, errors of the file system become CannotStart, with what to do."""
    try:
        yield
    except OSError as error:
        path = error.filename or home
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CannotStart(describe_full_disk(home)) from error
        raise CannotStart(
            f"Burn can't use {path} ({error.strerror or error}): set BURN_HOME to a folder of your own."
        ) from error
