"""The folder with the embedded database: made whole or not at all, and looked over at each start."""

import locale
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer

from db.embedded.programs import MAJOR, find_installation, find_program, make_environment
from db.embedded.system_user import SystemUser, let_in
from db.errors import CannotStart

_log = logging.getLogger(__name__)
# Sorted by code point on every machine, whatever languages it knows.
_INITDB = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
_INITDB += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
# With the first of these that this machine has, searches tell letters of all scripts from signs.
_CHARACTERS = ("C.UTF-8", "en_US.UTF-8", "UTF-8")
# The server's own state, and the database postgres, which initdb makes at its end.
_WRITTEN_LAST = ("global/pg_control", "base/5")
_SAY_SECONDS = 10.0
_OWNER_ONLY = 0o700
_GROUP_READS = 0o750


def make_ready(data: Path, user: SystemUser, lock: int) -> None:
    """Make the folder if there is none, and put right what Postgres would refuse.

    A process that makes it holds lock too, in case this one ends meanwhile. Raises CannotStart.
    """
    let_in(user, data, find_installation())
    if not data.exists() or (data.is_dir() and not any(data.iterdir())):
        _make(data, user, lock)
    _check(data)
    user.own(data)
    if data.stat().st_mode & 0o777 not in (_OWNER_ONLY, _GROUP_READS):
        data.chmod(_OWNER_ONLY)


def is_made(data: Path) -> bool:
    return (data / "PG_VERSION").exists()


def describe_failure(data: Path, said: str) -> str:
    """The sentence for what one of Postgres' programs said as it failed."""
    if any(it in said for it in ("No space left", "quota exceeded")) and "memory" not in said:
        return describe_full_disk(data)
    return f"Burn's database in {data} can't start. Postgres says: {said}"


def describe_full_disk(path: Path) -> str:
    return f"Burn's database can't start, because the disk with {path} is full: free some space."


def _find_characters() -> str:
    before = locale.setlocale(locale.LC_CTYPE)
    for name in _CHARACTERS:
        with suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, name)
            locale.setlocale(locale.LC_CTYPE, before)
            return name
    return "C"


def _make(data: Path, user: SystemUser, lock: int) -> None:
    """Make it beside its place, so that whatever interrupts this leaves no half of a database."""
    if not user.has_name():
        raise CannotStart(
            f"User {user.uid} has no name on this machine, and Postgres needs it to have one: type "
            f"`useradd -u {user.uid} burn` as root, or start Burn as another user."
        )
    unfinished = data.with_name(f"{data.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(_OWNER_ONLY)
    os.chown(unfinished, user.uid, user.gid)
    with _said_if_slow():
        done = subprocess.run(
            [
                find_program("initdb"),
                *_INITDB,
                f"--lc-ctype={_find_characters()}",
                "-D",
                str(unfinished),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=make_environment(),
            cwd="/",
            pass_fds=[lock],
            start_new_session=True,
            **user.options,
        )
    if done.returncode:
        raise CannotStart(describe_failure(data, _find_error(done.stderr)))
    unfinished.rename(data)
    _sync(data.parent)


@contextmanager
def _said_if_slow() -> Iterator[None]:
    timer = Timer(_SAY_SECONDS, _log.warning, ["Burn's database is still being made"])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _find_error(printed: str) -> str:
    """The first line of initdb's that says what went wrong."""
    lines = printed.strip().splitlines() or ["initdb failed."]
    return next((it for it in lines if "error" in it.lower() or "FATAL" in it), lines[-1])


def _sync(folder: Path) -> None:
    """Flush the names in it to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(data: Path) -> None:
    if not is_made(data):
        raise CannotStart(
            f"{data} isn't a database, and isn't empty: move it away, or set BURN_HOME to another"
            " folder."
        )
    version = (data / "PG_VERSION").read_text(errors="replace").strip()
    if version != str(MAJOR):
        raise CannotStart(
            f"{data} is a database of PostgreSQL {version or '(unknown)'}, and Burn has {MAJOR}:"
            " start it with the Burn that made it, or set BURN_HOME to another folder."
        )
    if not all((data / each).exists() for each in _WRITTEN_LAST):
        raise CannotStart(
            f"The database in {data} is unfinished or damaged: put a backup in its place, or delete"
            " it to begin with an empty one."
        )
