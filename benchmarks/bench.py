"""Burn's loop, its peers and the floor, in one run on one server: python -m benchmarks.bench.

--short runs everything with few events, to check that it works. Its figures mean nothing.
"""

import argparse
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.measures import (
    Trial,
    measure_drain,
    measure_idle,
    measure_kill,
    measure_latency,
    new_trial,
    running_server,
)

CONTENDERS = (
    "floor",
    "procrastinate_queue",
    "pgqueuer_queue",
    "dbos_queue",
    "langgraph_graph",
    "burn",
)
# These have no second worker that takes over. Their docstrings say why.
ALONE = ("floor", "dbos_queue", "langgraph_graph")


@dataclass(frozen=True)
class Row:
    """One line of the table: what is measured, on how many threads, and for whom it isn't."""

    title: str
    threads: int
    measure: Callable[[Trial], dict[str, float]]
    without: tuple[str, ...] = ()


def list_rows(short: bool) -> list[Row]:
    divisor = 10 if short else 1
    return [
        Row(
            "commit of an event → model asked, 50 events/s over 100 threads",
            100,
            partial(measure_latency, events=1_000 // divisor),
        ),
        Row(
            f"drain of {2_000 // divisor:,} events over 100 threads, instant model",
            100,
            partial(measure_drain, events=2_000 // divisor),
        ),
        Row(
            f"drain of {2_000 // divisor:,} events over {2_000 // divisor:,} threads, instant model",
            2_000 // divisor,
            partial(measure_drain, events=2_000 // divisor),
        ),
        Row(
            f"{1_000 // divisor:,} events over 200 threads, 200 ms model, 100 at once",
            200,
            partial(measure_drain, events=1_000 // divisor, model_seconds=0.2, concurrency=100),
            ("floor",),
        ),
        Row("idle", 20, partial(measure_idle, seconds=30 // divisor, settle_seconds=12 // divisor)),
        Row(
            "kill -9 of one of two workers: stranded work asked again",
            200,
            partial(measure_kill, events=200, most_seconds=120),
            (*ALONE, "procrastinate_queue", "pgqueuer_queue") if short else ALONE,
        ),
    ]


def show(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:,.{_places(value)}f}" for name, value in figures.items())


def _places(value: float) -> int:
    return 0 if value >= 100 or value == int(value) else 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="", help="only rows whose title contains this")
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}\n")
    names = [name.partition("_")[0] for name in CONTENDERS]
    print(f"| measured | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}", flush=True)
    with running_server() as server_url:
        for row in list_rows(options.short):
            if options.only not in row.title:
                continue
            print(f"| {row.title} |", end="", flush=True)
            for name in CONTENDERS:
                print(f" {_measure(server_url, row, name)} |", end="", flush=True)
            print()


def _measure(server_url: str, row: Row, name: str) -> str:
    if name in row.without:
        return "–"
    with new_trial(server_url, name, row.threads) as trial:
        return show(row.measure(trial))


if __name__ == "__main__":
    main()
