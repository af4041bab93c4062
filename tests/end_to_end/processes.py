"""Burn's own processes, started as people start them."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.making import wait_for

ROOT = Path(__file__).parent.parent.parent


def make_environment(**settings: str) -> dict[str, str]:
    """The environment without what could reach a real model."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC_", "BURN_"))}
    return bare | {"PYTHONPATH": str(ROOT)} | settings


def start_worker(url: str, **settings: str) -> "subprocess.Popen[bytes]":
    worker = subprocess.Popen(
        [sys.executable, str(ROOT / "agents_worker.py")],
        env=make_environment(DATABASE_URL=url, **settings),
        stdout=subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert b"is ready" in worker.stdout.readline()
    return worker


@contextmanager
def running_worker(url: str, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    worker = start_worker(url, **settings)
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


@contextmanager
def running_app(stop: signal.Signals = signal.SIGTERM, **settings: str) -> Iterator[str]:
    """The whole app, as `make run` starts it; gives its address. It is stopped by that signal."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=make_environment(BURN_PORT=str(port), **settings),
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: _is_served(address), 30)
        yield address
    finally:
        app.send_signal(stop)
        try:
            app.wait(20)
        finally:
            app.kill()


def _is_served(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
