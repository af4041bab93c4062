"""Burn's own processes, started the way people start them."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import IO, TypeAlias

from tests.find_programs import MISSING, find_program
from tests.making import wait_for

ROOT = Path(__file__).parent.parent.parent
Process: TypeAlias = "subprocess.Popen[str]"


def make_environment(**settings: str) -> dict[str, str]:
    """The environment without anything that could reach a real model."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC_", "BURN_"))}
    return bare | {"PYTHONPATH": str(ROOT)} | settings


def read_line(process: Process, seconds: float = 30) -> str:
    """The first line that it prints. Fails the test if none comes in time."""
    assert process.stdout is not None
    assert select([process.stdout], [], [], seconds)[0], f"nothing printed in {seconds} s"
    return process.stdout.readline()


def kill(process: Process) -> None:
    """Kill it, and return when it is gone."""
    process.kill()
    process.wait(10)


def start_worker(url: str, errors: IO[str] | None = None, /, **settings: str) -> Process:
    worker = subprocess.Popen(
        [sys.executable, str(ROOT / "agents_worker.py")],
        env=make_environment(DATABASE_URL=url, **settings),
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    assert "is ready" in read_line(worker)
    return worker


@contextmanager
def running_worker(url: str, **settings: str) -> Iterator[Process]:
    worker = start_worker(url, **settings)
    try:
        yield worker
    finally:
        kill(worker)


@contextmanager
def running_app(stop: signal.Signals = signal.SIGTERM, **settings: str) -> Iterator[str]:
    """Run the whole app as `make run` does. Gives its address. The signal stop ends it."""
    port = find_port()
    app = start_app(port, **settings)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: is_served(address), 30)
        yield address
    finally:
        app.send_signal(stop)
        try:
            app.wait(20)
        finally:
            kill(app)


def find_port() -> int:
    """A port of this machine that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_app(port: int, errors: IO[str] | None = None, /, **settings: str) -> Process:
    """Begin to start it. is_served tells when it has."""
    return subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=make_environment(BURN_PORT=str(port), **settings),
        stderr=errors,
        text=True,
    )


def is_served(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def running_nginx(configuration: Path, port: int) -> Iterator[None]:
    """nginx, which takes connections at the port, as its configuration says."""
    program = find_program("nginx")
    assert program, MISSING.format("nginx")
    own_user = " user root;" if os.geteuid() == 0 else ""
    nginx = subprocess.Popen(
        [program, "-c", str(configuration), "-g", f"daemon off;{own_user}"],
        start_new_session=True,  # so that it can be ended with its children
    )
    try:
        wait_for(lambda: listens(port))
        yield
    finally:
        nginx.terminate()
        nginx.wait(10)


def listens(port: int) -> bool:
    """Whether something takes connections at the port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
