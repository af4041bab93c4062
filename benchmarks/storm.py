"""Burn in a storm: python -m benchmarks.storm.

While messages come in at an even pace, workers, Postgres and the web process are killed at random
moments (SIGKILL), and started again as a supervisor would. One worker is stopped for longer than a
lease and let go on. Then, in calmer weather, the clock of all of them is set forward by an hour. Prints
how long news took to be on screen and at the model, and what was lost, doubled or stuck afterwards.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import psutil
import psycopg
from playwright.sync_api import sync_playwright

from benchmarks.contenders import burn
from benchmarks.measures import ROOT, Trial, find_port, is_served, new_trial
from benchmarks.models import LOG_VARIABLE, SECONDS_VARIABLE, read_log
from benchmarks.screen import make_cookies
from burn_core.room.cookies import COOKIE_NAME
from db import embedded
from tests.find_browser import find_browser

_THREADS = 20
_WORKERS = 2
_MODEL_SECONDS = 0.2
_STOPPED_SECONDS = 70
_AT_REST_SECONDS = 120
_HOUR = "+3600s"
_CALM_EVENTS = 500

# Each has to be 0. An agent's runs, one after the other, read every event once.
_FAULTS = {
    "messages lost": "SELECT %(said)s - count(DISTINCT data->>'text') FROM events WHERE type = 'text'",
    "messages doubled": (
        "SELECT count(*) - count(DISTINCT data->>'text') FROM events WHERE type = 'text'"
    ),
    "threads with a gap in seq": (
        "SELECT count(*) FROM (SELECT FROM events GROUP BY thread_id HAVING max(seq) <> count(*)) AS g"
    ),
    "events that no run read, or two": (
        "SELECT count(*) FROM (SELECT from_seq, lag(to_seq, 1, 0) OVER (PARTITION BY thread_id, user_id"
        " ORDER BY to_seq) AS before FROM runs WHERE status IN ('done', 'silent')) AS r"
        " WHERE from_seq <> before + 1"
    ),
    "tool uses doubled": (
        "SELECT count(*) - count(DISTINCT data->>'id') FROM events WHERE type = 'tool_use'"
    ),
    "tool uses without a run that is done, or the other way round": (
        "SELECT abs((SELECT count(*) FROM events WHERE type = 'tool_use')"
        " - (SELECT count(DISTINCT tool_use_event_id) FROM runs WHERE status = 'done'))"
    ),
    "facts doubled": ("SELECT count(*) - count(DISTINCT (thread_id, object)) FROM facts"),
    "runs stuck": "SELECT count(*) FROM runs WHERE status = 'running'",
    "agents stuck": "SELECT count(*) FROM memberships WHERE due_since IS NOT NULL",
}


@dataclass
class Kept:
    """A process that is started again at once whenever it ends."""

    command: Sequence[str]
    environment: dict[str, str]
    starts: int = 0
    _is_over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _process: "subprocess.Popen[bytes] | None" = None
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()

    def _keep(self) -> None:
        while process := self._start():
            process.wait()

    def _start(self) -> "subprocess.Popen[bytes] | None":
        """None once it is over. So stop either prevents a start, or ends what was started."""
        with self._lock:
            if self._is_over:
                return None
            self.starts += 1
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            return self._process

    def send(self, sent: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(sent)

    def stop(self) -> None:
        with self._lock:
            self._is_over = True
            self.send(signal.SIGCONT)
            self.send(signal.SIGKILL)
        self._thread.join(20)


@dataclass
class Poster:
    """Says numbered messages, each until Postgres has it. said has when each was committed, in ns."""

    url: str
    said: dict[int, int] = field(default_factory=dict)

    def say_all(self, numbers: range, per_second: float) -> None:
        started = time.monotonic()
        connection: psycopg.Connection | None = None
        for number in numbers:
            while number not in self.said:
                try:
                    if connection is None:
                        connection = psycopg.connect(self.url, autocommit=True, connect_timeout=5)
                        if _has(connection, number):
                            self.said[number] = time.time_ns()
                            break
                    burn.post(connection, number % _THREADS, number)
                    self.said[number] = time.time_ns()
                except psycopg.OperationalError:
                    connection = None
                    time.sleep(0.1)
            pause = started + (number - numbers.start + 1) / per_second - time.monotonic()
            time.sleep(max(0, pause))


def _has(connection: psycopg.Connection, number: int) -> bool:
    """Whether a message whose commit we didn't hear of arrived all the same."""
    found = connection.execute(
        "SELECT FROM events WHERE thread_id = %s AND data->>'text' = %s",
        [burn.THREAD.format(number % _THREADS), f"event {number}"],
    )
    return found.fetchone() is not None


class Screen:
    """A tab in a browser. seen has when each text was first on it, in ns since the epoch."""

    def __init__(self, address: str, cookie: str, thread: int) -> None:
        self.seen: dict[str, int] = {}
        self._url = f"http://{address}/?thread={burn.THREAD.format(thread)}"
        self._cookie = {"name": COOKIE_NAME, "value": cookie, "url": self._url}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        own_clock = {k: v for k, v in os.environ.items() if not k.startswith(("FAKETIME", "LD_"))}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_browser(),
                args=["--no-sandbox", "--disable-gpu"],
                env=own_clock,  # type: ignore[arg-type]
            )
            context = browser.new_context(viewport={"width": 390, "height": 844})
            context.add_cookies([self._cookie])  # type: ignore[list-item]
            page = context.new_page()
            page.goto(self._url)
            while not self._is_over.wait(0.1):
                for text in page.locator(".burn-words").all_inner_texts():
                    self.seen.setdefault(text, time.time_ns())

    def wait_for(self, text: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < deadline:
            time.sleep(0.05)

    def close(self) -> None:
        self._is_over.set()
        self._thread.join(40)


@dataclass
class Weather:
    """A database with Burn's processes around it."""

    trial: Trial
    home: Path
    clock: Path
    workers: list[Kept] = field(default_factory=list)
    web: Kept | None = None
    address: str = ""

    def start(self, stack: ExitStack) -> None:
        settings = {
            "DATABASE_URL": self.trial.url,
            "BURN_CONCURRENCY": "16",
            # One person says everything, far more than anybody is allowed in an hour.
            "BURN_PERSON_CALLS_PER_HOUR": "0",
            "BURN_PERSON_CALLS_PER_DAY": "0",
            "BURN_MODEL_FACTORY": "benchmarks.models:NotingModel",
            LOG_VARIABLE: self.trial.log,
            SECONDS_VARIABLE: str(_MODEL_SECONDS),
        }
        port = find_port()
        self.address = f"127.0.0.1:{port}"
        worker = [sys.executable, "agents_worker.py"]
        for _ in range(_WORKERS + 1):  # the last is stopped, not killed
            self.workers.append(Kept(worker, os.environ | settings))
        self.web = Kept(
            [sys.executable, "app.py"], os.environ | settings | {"BURN_PORT": str(port)}
        )
        for kept in (*self.workers, self.web):
            stack.callback(kept.stop)

    def kill_worker(self) -> None:
        random.choice(self.workers[:_WORKERS]).send(signal.SIGKILL)

    def kill_web(self) -> None:
        assert self.web is not None
        self.web.send(signal.SIGKILL)

    def kill_postgres(self) -> None:
        find_postmaster(self.home).kill()

    def stop_worker(self) -> None:
        """Longer than a lease: others take its runs, and when it goes on it has to see that."""
        self.workers[_WORKERS].send(signal.SIGSTOP)
        timer = threading.Timer(_STOPPED_SECONDS, self.workers[_WORKERS].send, [signal.SIGCONT])
        timer.daemon = True
        timer.start()

    def rage(self, seconds: float, kills: dict[Callable[[], None], int]) -> None:
        moments = sorted(
            ((random.uniform(2, seconds - 2), act) for act, n in kills.items() for _ in range(n)),
            key=lambda moment: moment[0],
        )
        started = time.monotonic()
        for at, act in moments:
            time.sleep(max(0, started + at - time.monotonic()))
            try:
                act()
            except (OSError, psutil.NoSuchProcess, IndexError):
                # Nothing ran at that moment: the last kill is still felt. Try a little later.
                time.sleep(1)
                act()

    def wait_until_at_rest(self) -> float:
        """Seconds until no agent is due and no run is running; at most _AT_REST_SECONDS."""
        started = time.monotonic()
        with psycopg.connect(self.trial.url, autocommit=True) as connection:
            while burn.count_left(connection):
                if time.monotonic() - started > _AT_REST_SECONDS:
                    break
                time.sleep(0.1)
        return time.monotonic() - started


@contextmanager
def fakeable_clock(clock: Path) -> Iterator[None]:
    """Every process that is started meanwhile adds to its clock what the file says."""
    clock.write_text("+0")
    clock.chmod(0o644)
    library = files("libfaketime") / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    settings = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    os.environ |= settings
    try:
        yield
    finally:
        for name in settings:
            del os.environ[name]


def find_postmaster(home: Path) -> psutil.Process:
    lines = (home / "postgres" / "postmaster.pid").read_text().splitlines()
    return psutil.Process(int(lines[0]))


def wait_until_served(address: str) -> None:
    deadline = time.monotonic() + 30
    while not is_served(f"http://{address}/_stcore/health"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def show_delays(name: str, delays: Sequence[float]) -> bool:
    """Print them, and return whether all ended."""
    ordered = sorted(delays)
    p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99) - 1]
    print(f"| {name} | {len(ordered):,} | {p50:.2f} | {p99:.2f} | {ordered[-1]:.2f} |")
    return ordered[-1] < _AT_REST_SECONDS


def show_faults(trial: Trial, said: int) -> bool:
    """Print each, and return whether there is none."""
    with trial.connect() as connection:
        counts = {
            name: (connection.execute(query, {"said": said}).fetchone() or [None])[0]
            for name, query in _FAULTS.items()
        }
    print(", ".join(f"{name}: {count}" for name, count in counts.items()), flush=True)
    return not any(counts.values())


def find_asked(log: str, said: dict[int, int]) -> list[float]:
    """Seconds from each message until a model was first asked about it, or about a later one there."""
    asked = read_log(log)
    first: dict[int, int] = {}
    earliest = [sys.maxsize] * _THREADS
    for number in sorted(said, reverse=True):
        thread = number % _THREADS
        earliest[thread] = min([earliest[thread], *asked.get(number, [])])
        first[number] = earliest[thread]
    return [(first[number] - at) / 1e9 for number, at in said.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=420)
    parser.add_argument("--workers", type=int, default=200, help="how often a worker is killed")
    parser.add_argument("--postgres", type=int, default=20, help="how often Postgres is killed")
    parser.add_argument("--web", type=int, default=20, help="how often the web process is killed")
    parser.add_argument("--stopped", type=int, default=1, help="how often one is stopped for 70 s")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="burn-storm-")))
        clock = Path(stack.enter_context(tempfile.NamedTemporaryFile(prefix="burn-clock-")).name)
        stack.enter_context(fakeable_clock(clock))
        url = stack.enter_context(embedded.running(home))
        trial = stack.enter_context(new_trial(url, "burn", _THREADS))
        weather = Weather(trial, home, clock)
        weather.start(stack)
        wait_until_served(weather.address)
        screen = Screen(weather.address, make_cookies(trial, [burn.ADA])[0], 0)
        stack.callback(screen.close)
        burn.post(trial.connect(), 0, 0)
        screen.wait_for("event 0")
        poster = Poster(trial.url, {0: time.time_ns()})
        said = threading.Thread(
            target=poster.say_all,
            args=[range(1, options.events), options.events / options.seconds],
        )
        said.start()
        weather.rage(
            options.seconds,
            {
                weather.kill_worker: options.workers,
                weather.kill_postgres: options.postgres,
                weather.kill_web: options.web,
                weather.stop_worker: options.stopped,
            },
        )
        said.join(options.seconds + 300)
        rest = weather.wait_until_at_rest()
        starts = [kept.starts for kept in weather.workers]
        assert weather.web is not None
        print(
            f"{len(poster.said):,} messages; starts of workers {starts}, web {weather.web.starts}"
        )
        print(f"At rest {rest:.1f} s after the last message")
        is_whole = show_faults(trial, len(poster.said))
        print("\n| seconds from commit | messages | p50 | p99 | longest |")
        print(f"|{'---|' * 5}")
        first = {n: at for n, at in poster.said.items() if n % _THREADS == 0}
        screen.wait_for(f"event {max(first)}")
        is_whole &= show_delays(
            "until on screen",
            [(screen.seen.get(f"event {n}", sys.maxsize) - at) / 1e9 for n, at in first.items()],
        )
        is_whole &= show_delays("until a model is asked", find_asked(trial.log, poster.said))

        calm = range(options.events, options.events + _CALM_EVENTS)
        forward = threading.Timer(4, clock.write_text, [_HOUR])
        forward.start()
        poster.say_all(calm, 50)
        forward.join(20)
        rest = weather.wait_until_at_rest()
        [now] = trial.connect().execute("SELECT clock_timestamp()").fetchone() or [None]
        assert now is not None
        ahead = now.timestamp() - time.time()
        print(f"\nClock set forward by {ahead:,.0f} s: at rest {rest:.1f} s after the last message")
        is_whole &= show_faults(trial, len(poster.said))
    sys.exit(0 if is_whole else 1)


if __name__ == "__main__":
    main()
