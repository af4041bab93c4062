"""Finds and stops the Postgres server of a data folder.

A process counts as the server's only if it runs as the server's user, and its command line names the
folder (the postmaster's) or the name made of it (its children's). No other process is signalled.
"""

import logging
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psutil

from db.embedded.system_user import SystemUser

_log = logging.getLogger(__name__)
PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
_STOP_SECONDS = 20.0
_QUIT_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class PidFile:
    """What postmaster.pid says of the server that wrote it last.

    pid is negative for a session in single-user mode. status is empty at first, then starting,
    ready or stopping.
    """

    pid: int
    data: str
    started_at: float
    socket_folder: str
    status: str

    @property
    def socket(self) -> Path:
        return Path(self.socket_folder) / SOCKET


@dataclass(frozen=True, slots=True)
class Server:
    """The server of the folder data, which is in home. It may not run, or not exist yet."""

    home: Path
    data: Path
    user: SystemUser

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def name(self) -> str:
        """Its children show it in their titles: postgres: NAME: checkpointer."""
        return f"burn-{sha256(os.fsencode(self.data)).hexdigest()[:16]}"

    def owns(self, process: psutil.Process) -> bool:
        try:
            arguments = process.cmdline()
            is_users = process.uids().effective == self.user.uid
        except psutil.Error:
            return False
        is_child = " ".join(arguments).startswith(f"postgres: {self.name}: ")
        return is_users and (is_child or arguments[1:3] == ["-D", str(self.data)])


def open_lock(server: Server, name: str) -> int:
    """A file in home to lock. As root, give it to home's owner."""
    file = os.open(server.home / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if os.geteuid() == 0:
        owner = server.home.stat()
        os.fchown(file, owner.st_uid, owner.st_gid)
    return file


def read_pid_file(server: Server) -> PidFile | None:
    """None if there is no such file, or it makes no sense."""
    try:
        lines = os.fsdecode((server.data / "postmaster.pid").read_bytes()).split("\n")
        lines += [""] * (8 - len(lines))
        pid = int(lines[0])
        return PidFile(pid, lines[1], float(lines[2]), lines[4], lines[7].strip()) if pid else None
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def find_postmaster(server: Server) -> psutil.Process | None:
    """The process that postmaster.pid names, if it is this server's."""
    file = read_pid_file(server)
    if file is None or file.pid < 0 or not psutil.pid_exists(file.pid):
        return None
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(file.pid)
        return process if server.owns(process) else None
    return None


def find_address(server: Server) -> str | None:
    """The server's address if it is up: its process is there, and so is its socket."""
    file = read_pid_file(server)
    if file is None or file.status != "ready" or not file.socket.exists():
        return None
    if find_postmaster(server) is None:
        return None
    return f"postgresql://postgres@/postgres?host={quote(file.socket_folder)}&port={PORT}"


def is_cut_off(server: Server) -> bool:
    """Whether nobody can reach it any longer, because something deleted its socket."""
    file = read_pid_file(server)
    return file is not None and file.status == "ready" and not file.socket.exists()


def stop(server: Server) -> None:
    """Stop it the way Postgres likes: sessions end, and everything is written to disk.

    If a query goes on all the same, as some can, it is ended like after a crash: the next start puts
    the tables right from the log, and nothing that was committed is lost.
    """
    postmaster = find_postmaster(server)
    if postmaster is None:
        return
    for number, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, _QUIT_SECONDS)):
        with suppress(psutil.NoSuchProcess):
            postmaster.send_signal(number)
        _, alive = psutil.wait_procs([postmaster], seconds)
        if not alive:
            return
    _log.warning("Burn's database is still stopping, and will end by itself: see %s", server.log)
