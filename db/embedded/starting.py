"""Starting a server, from whatever state the last one left its folder in."""

import fcntl
import logging
import os
import re
import resource
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psutil
from psycopg import pq

from db.embedded.data_folder import describe_failure
from db.embedded.programs import find_program, make_environment
from db.embedded.server import (
    PORT,
    SOCKET,
    Server,
    find_address,
    find_postmaster,
    is_cut_off,
    open_lock,
    read_pid_file,
    stop,
)
from db.embedded.socket_folder import choose_socket_folder
from db.errors import CannotStart

_log = logging.getLogger(__name__)
_PROCESS_BYTES = 1_000_000_000
_SAY_SECONDS = 10.0
_START_SECONDS = 300.0
_LEFTOVER_SECONDS = 3.0
_LOOK_SECONDS = 0.02
_MAX_KILLED = 3


def ensure_up(server: Server, stopping: Event) -> str:
    """Wait until the server is up, starting it if nobody has. Returns its address.

    Raises CannotStart, also if stopping is set meanwhile.
    """
    start = _Start(server)
    while not ((address := find_address(server)) and _accepts(address)):
        start.help()
        start.say_how_long()
        refuse_if_set(stopping, _LOOK_SECONDS)
    return address


def refuse_if_set(stopping: Event, seconds: float) -> None:
    """Raise CannotStart if it is set, or will be within these seconds."""
    if stopping.wait(seconds):
        raise CannotStart("Burn's database wasn't started, because Burn is stopping.")


@dataclass(slots=True)
class _Start:
    server: Server
    began: float = field(default_factory=time.monotonic)
    times_said: int = 0
    log_length: int = 0
    times_killed: int = 0
    launched: "subprocess.Popen[bytes] | None" = None

    def help(self) -> None:
        """Launch a process if there is none, and again if it was killed.

        Raises CannotStart if it ended by itself, or was killed too often.
        """
        if find_postmaster(self.server):
            if is_cut_off(self.server):
                stop(self.server)
        elif self.launched is None:
            log = self.server.log
            self.log_length = log.stat().st_size if log.exists() else 0
            self.launched = _launch(self.server)
        elif (code := self.launched.poll()) is not None:
            if code < 0 and self.times_killed < _MAX_KILLED:
                self.times_killed += 1
                self.launched = None
                return
            reason = _read_reason(self.server.log, self.log_length)
            raise CannotStart(describe_failure(self.server.data, reason))

    def say_how_long(self) -> None:
        """Raises CannotStart if it is too long."""
        waited = time.monotonic() - self.began
        if waited > _START_SECONDS:
            raise CannotStart(
                f"Burn's database hasn't started in {_START_SECONDS:.0f} seconds: see"
                f" {self.server.log}."
            )
        if waited > _SAY_SECONDS * (self.times_said + 1):
            self.times_said += 1
            _log.warning("Burn's database is still starting, after %.0f seconds", waited)


def _accepts(address: str) -> bool:
    ping = pq.PGconn.ping(f"{address}&connect_timeout=2".encode())
    return ping == pq.Ping.OK


def _launch(server: Server) -> "subprocess.Popen[bytes]":
    """Start the process, once nothing is left of an earlier one.

    The process and its children hold server.lock as long as they live. So it tells of a server that
    can't be seen from here, in another container with the same folder.
    """
    lock = open_lock(server, "server.lock")
    try:
        _refuse_strangers(server)
        _end_leftovers(server)
        _take(lock, server)
        folder = choose_socket_folder(server)
        stale_pid = _clear(server, folder)
        return _spawn(server, folder, stale_pid, lock)
    finally:
        os.close(lock)


def _refuse_strangers(server: Server) -> None:
    """Raise CannotStart if somebody runs Postgres here by hand."""
    file = read_pid_file(server)
    if file is None or file.data != str(server.data):
        return
    with suppress(psutil.Error):
        process = psutil.Process(abs(file.pid))
        began_then = abs(process.create_time() - file.started_at) < 10
        is_other = process.name() == "postgres" and began_then and not server.owns(process)
        # One that is just being killed has no command line left, and isn't known as ours by it.
        if is_other and process.cmdline():
            raise CannotStart(
                f"Process {process.pid} is a Postgres that Burn didn't start, in {server.data}: stop"
                " it first."
            )


def _end_leftovers(server: Server) -> None:
    """End what still runs of a server that was killed, or whose postmaster.pid is gone."""
    left = [each for each in psutil.process_iter() if server.owns(each)]
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        _, left = psutil.wait_procs(left, _LEFTOVER_SECONDS)


def _take(lock: int, server: Server) -> None:
    """A server's last children may need a moment to let go of it."""
    give_up_at = time.monotonic() + _LEFTOVER_SECONDS
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise CannotStart(
                    f"Burn's database in {server.data} runs in another container: stop it there, or"
                    " set BURN_HOME to another folder."
                ) from None
            time.sleep(_LOOK_SECONDS)


def _clear(server: Server, socket_folder: Path) -> int:
    """Remove what would keep the server from starting. Returns the pid in postmaster.pid, or 0."""
    for name in (SOCKET, f"{SOCKET}.lock"):
        (socket_folder / name).unlink(missing_ok=True)
    file = read_pid_file(server)
    if file is None:
        (server.data / "postmaster.pid").unlink(missing_ok=True)
        return 0
    return abs(file.pid)


def _spawn(
    server: Server, socket_folder: Path, stale_pid: int, lock: int
) -> "subprocess.Popen[bytes]":
    quoted_folder = '"' + str(socket_folder).replace('"', '""') + '"'
    options = ["-c", "listen_addresses=", "-c", f"cluster_name={server.name}"]
    options += ["-c", f"unix_socket_directories={quoted_folder}", "-p", str(PORT)]
    # Postgres believes that the pid in postmaster.pid is a server's as long as any process has it,
    # unless it is this one. It still notices a server by its memory.
    environment = make_environment() | {"PG_GRANDPARENT_PID": str(stale_pid)}
    with open(server.log, "ab", opener=_open_log) as log:
        server.user.own(server.log)
        process = subprocess.Popen(
            [find_program("postgres"), "-D", str(server.data), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd="/",
            pass_fds=[lock],
            start_new_session=True,  # Ctrl-C is not for it
            preexec_fn=_limit_memory,
            **server.user.options,
        )
    # A killed server stays in the system's table until its parent takes note.
    Thread(target=process.wait, name="database's end", daemon=True).start()
    return process


def _limit_memory() -> None:
    """In each of its processes, a statement that wants more fails, and nothing else does."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _PROCESS_BYTES if most == resource.RLIM_INFINITY else min(most, _PROCESS_BYTES)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _open_log(path: str, flags: int) -> int:
    """Not through a link, which the server's user could have made, when we are root."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _read_reason(log: Path, start: int) -> str:
    """Why the server ended, as it wrote after the first bytes of its log."""
    with log.open("rb") as file:
        file.seek(start)
        written = file.read().decode(errors="replace")
    # It tells clients "the database system is starting up", with these words too.
    found = re.findall(r"(?:FATAL|PANIC):\s+(?!the database system is )(\S.*)", written)
    lines = found or re.findall(r"LOG:\s+(.*)", written)[-1:] or ["nothing"]
    return f"{lines[0]}. Its log is {log}"
