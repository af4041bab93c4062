"""Burn left running: python -m benchmarks.soak [--minutes 60].

50 viewers have one thread open while messages come in and an agent answers. Prints the memory of the web
process, the worker and Postgres every few minutes, how long news took to be on every screen, and what
an idle Burn cost before and afterwards.
"""

import argparse
import asyncio
import math
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.contenders import burn
from benchmarks.measures import Trial, new_trial
from benchmarks.screen import make_cookies, running_web
from benchmarks.storm import find_postmaster
from benchmarks.viewers import Viewer
from db import embedded

_VIEWERS = 50
_PER_MINUTE = 20
_MODEL_SECONDS = 0.5
_IDLE_SECONDS = 60
_REPORTS = 12
_TRANSACTIONS = (
    "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
)


class Parts:
    """The processes that are watched."""

    def __init__(self, trial: Trial, home: Path, web: psutil.Process, worker: int) -> None:
        self._trial = trial
        self._processes = {"web": web, "worker": psutil.Process(worker)}
        self._postmaster = find_postmaster(home)

    def measure_memory(self) -> dict[str, float]:
        """MB: resident in web and worker, and what the processes of Postgres have for themselves."""
        sizes = {name: each.memory_info().rss / 1e6 for name, each in self._processes.items()}
        postgres = [self._postmaster, *self._postmaster.children()]
        return sizes | {"Postgres": sum(_find_own(each) for each in postgres) / 1e6}

    def measure_idle(self) -> dict[str, float]:
        """% of a core for web and worker, and transactions per second, while nobody does anything."""
        time.sleep(15)  # for what Postgres hasn't counted yet
        with self._trial.connect() as connection:
            before, cpu_before = (
                self._count(connection.execute(_TRANSACTIONS).fetchone()),
                self._cpu(),
            )
            time.sleep(_IDLE_SECONDS)
            after, cpu = self._count(connection.execute(_TRANSACTIONS).fetchone()), self._cpu()
        used = {f"{n} CPU %": 100 * (cpu[n] - cpu_before[n]) / _IDLE_SECONDS for n in cpu}
        return used | {"tx/s": (after - before - 1) / _IDLE_SECONDS}

    def _cpu(self) -> dict[str, float]:
        times = {name: each.cpu_times() for name, each in self._processes.items()}
        return {name: each.user + each.system for name, each in times.items()}

    @staticmethod
    def _count(row: tuple[int] | None) -> int:
        assert row is not None
        return row[0]


def _find_own(process: psutil.Process) -> int:
    """Bytes that it shares with no other process. 0 if it has just ended."""
    try:
        return int(process.memory_full_info().uss)
    except psutil.NoSuchProcess:
        return 0


async def soak(trial: Trial, parts: Parts, address: str, viewers: int, minutes: float) -> None:
    cookies = make_cookies(trial, [burn.ADA] * viewers)
    tabs = [Viewer(address, cookie, burn.THREAD.format(0)) for cookie in cookies]
    watching = []
    for tab in tabs:
        is_ready = asyncio.Event()
        watching.append(asyncio.create_task(tab.watch(is_ready)))
        await asyncio.wait_for(is_ready.wait(), 60)
    print("| minute | messages | web MB | worker MB | Postgres MB | last viewer p50 s | p95 s |")
    print(f"|{'---|' * 7}")
    number = 0
    started = time.monotonic()
    with trial.connect() as connection:
        for report in range(1, _REPORTS + 1):
            sent: dict[str, int] = {}
            while time.monotonic() < started + 60 * minutes * report / _REPORTS:
                await asyncio.to_thread(burn.post, connection, 0, number)
                sent[f"event {number}"] = time.time_ns()
                number += 1
                await asyncio.sleep(60 / _PER_MINUTE)
            assert not any(task.done() for task in watching), "a viewer was cut off"
            if not sent:  # the last pause took longer than there was between two reports
                continue
            memory = await asyncio.to_thread(parts.measure_memory)
            delays = sorted(
                (max(tab.seen.get(t, math.inf) for tab in tabs) - at) / 1e9
                for t, at in sent.items()
            )
            print(
                f"| {(time.monotonic() - started) / 60:.0f} | {number} | {memory['web']:.0f}"
                f" | {memory['worker']:.0f} | {memory['Postgres']:.0f}"
                f" | {delays[len(delays) // 2]:.2f} | {delays[int(len(delays) * 0.95)]:.2f} |",
                flush=True,
            )
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--viewers", type=int, default=_VIEWERS)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="burn-soak-") as home,
        embedded.running(Path(home)) as server_url,
        new_trial(server_url, "burn", 1) as trial,
        trial.working(_MODEL_SECONDS) as worker,
        running_web(trial.url) as (address, web),
    ):
        parts = Parts(trial, Path(home), web, worker.pid)
        print("idle before:", _write(parts.measure_idle()), flush=True)
        asyncio.run(soak(trial, parts, address, options.viewers, options.minutes))
        print("idle afterwards:", _write(parts.measure_idle()))


def _write(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in figures.items())


if __name__ == "__main__":
    main()
