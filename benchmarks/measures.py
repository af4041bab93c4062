"""The measurements, for any contender: each function gives the figures of one row."""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.contenders import plain
from benchmarks.models import LOG_VARIABLE, SECONDS_VARIABLE, read_log
from db import embedded

ROOT = Path(__file__).parent.parent


@dataclass
class Trial:
    """One contender on a new database."""

    name: str
    url: str
    threads: int
    log: str = field(default_factory=lambda: tempfile.mktemp(prefix="burn-bench-"))

    @property
    def module(self) -> ModuleType:
        return import_module(f"benchmarks.contenders.{self.name}")

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True)

    def start_worker(self, model_seconds: float, concurrency: int) -> "subprocess.Popen[bytes]":
        worker = subprocess.Popen(
            [sys.executable, "-m", self.module.__name__, self.url, str(concurrency)],
            cwd=ROOT,
            env=os.environ | {LOG_VARIABLE: self.log, SECONDS_VARIABLE: str(model_seconds)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert worker.stdout is not None
        assert b"ready" in worker.stdout.readline()
        time.sleep(1)  # some contenders print it a moment before they listen
        return worker

    @contextmanager
    def working(
        self, model_seconds: float = 0, concurrency: int = 16
    ) -> Iterator["subprocess.Popen[bytes]"]:
        worker = self.start_worker(model_seconds, concurrency)
        try:
            yield worker
        finally:
            worker.kill()
            worker.wait()

    def wait_until_done(self, connection: psycopg.Connection, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while self.module.count_left(connection):
            assert time.monotonic() < deadline, f"{self.name} is not done after {seconds} s"
            time.sleep(0.01)


@contextmanager
def new_trial(server_url: str, name: str, threads: int) -> Iterator[Trial]:
    database = f"bench_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}".encode())
        connection.execute(b"CHECKPOINT")
    trial = Trial(name, make_conninfo(server_url, dbname=database), threads)
    trial.module.set_up(trial.url, threads)
    try:
        yield trial
    finally:
        Path(trial.log).unlink(missing_ok=True)
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())


@contextmanager
def running_server() -> Iterator[str]:
    """A database server of its own. Gives its address."""
    with (
        tempfile.TemporaryDirectory(prefix="burn-bench-") as home,
        embedded.running(Path(home)) as server_url,
    ):
        yield server_url


@contextmanager
def running_trial() -> Iterator[Trial]:
    """Burn, with one thread, on a server of its own."""
    with running_server() as server_url, new_trial(server_url, "burn", 1) as trial:
        yield trial


def measure_latency(trial: Trial, events: int, per_second: float = 50) -> dict[str, float]:
    """ms from the start of an event's commit until the model is asked, at an even pace."""
    warm_up = events // 10
    sent: dict[int, int] = {}
    with trial.working(), trial.connect() as connection:
        started = time.monotonic()
        for number in range(events + warm_up):
            with connection.transaction():
                trial.module.post(connection, number % trial.threads, number)
                sent[number] = time.time_ns()
            time.sleep(max(0, started + (number + 1) / per_second - time.monotonic()))
        trial.wait_until_done(connection)
    asked = read_log(trial.log)
    ms = sorted((asked[n][0] - sent[n]) / 1e6 for n in sent if n >= warm_up and n in asked)
    return {"p50 ms": statistics.median(ms), "p99 ms": ms[int(len(ms) * 0.99) - 1]}


def measure_drain(
    trial: Trial, events: int, model_seconds: float = 0, concurrency: int = 16
) -> dict[str, float]:
    """Seconds, and events per second, to answer events that were posted before the worker started.

    The clock starts when the model is first asked: start-up is measured elsewhere.
    """
    with trial.connect() as connection:
        if trial.name == "floor":
            return _measure_stream(trial, connection, events, model_seconds)
        with connection.transaction():
            for number in range(events):
                trial.module.post(connection, number % trial.threads, number)
        with trial.working(model_seconds, concurrency):
            trial.wait_until_done(connection)
            ended = time.time_ns()
    started = min(times[0] for times in read_log(trial.log).values())
    seconds = (ended - started) / 1e9
    return {"s": seconds, "events/s": events / seconds}


def _measure_stream(
    trial: Trial, connection: psycopg.Connection, events: int, model_seconds: float
) -> dict[str, float]:
    # NOTIFY stores nothing, so the floor has to be listening when the events arrive.
    with trial.working(model_seconds):
        with connection.transaction():
            for number in range(events):
                trial.module.post(connection, number % trial.threads, number)
        trial.wait_until_done(connection)
        ended = time.time_ns()
    started = min(times[0] for times in read_log(trial.log).values())
    return {"s": (ended - started) / 1e9, "events/s": events / ((ended - started) / 1e9)}


def measure_idle(trial: Trial, seconds: float, settle_seconds: float = 12) -> dict[str, float]:
    """Transactions per second, and % of a core, for a worker with nothing to do.

    Idle connections report their transactions within 10 s, so wait until earlier ones are counted.
    """
    count = (
        "SELECT xact_commit + xact_rollback FROM pg_stat_database"
        " WHERE datname = current_database()"
    )
    with trial.working() as worker:
        process = psutil.Process(worker.pid)
        with trial.connect() as connection:
            time.sleep(settle_seconds)
            before = connection.execute(count).fetchone()
            cpu_before = process.cpu_times()
            time.sleep(seconds)
            cpu = process.cpu_times()
            after = connection.execute(count).fetchone()
    assert before is not None
    assert after is not None
    used = cpu.user + cpu.system - cpu_before.user - cpu_before.system
    # Reading the count is a transaction too.
    return {"tx/s": (after[0] - before[0] - 1) / seconds, "CPU %": 100 * used / seconds}


def measure_kill(trial: Trial, events: int, most_seconds: float) -> dict[str, float]:
    """Kill one of two busy workers: seconds until the model is asked again about all it left.

    stranded counts the events that it left, lost those that no model was asked about, doubled the
    facts that were written twice.
    """
    victim = trial.start_worker(0.5, 16)
    with trial.connect() as connection:
        for number in range(events):
            trial.module.post(connection, number % trial.threads, number)
        # The other worker is ready before the victim, which is busy, is killed.
        with trial.working(0.5, 16):
            killed_at = time.time_ns()
            victim.kill()
            victim.wait()
            trial.wait_until_done(connection, most_seconds)
        doubled = plain.count_doubled(connection)
    asked = read_log(trial.log)
    again = [times[-1] for times in asked.values() if times[0] < killed_at < times[-1]]
    return {
        "s": (max(again) - killed_at) / 1e9 if again else 0.0,
        "stranded": len(again),
        "lost": events - len(asked),
        "doubled": doubled,
    }


def find_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_served(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False
