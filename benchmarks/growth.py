"""How costs grow with history, workers and threads: python -m benchmarks.growth.

Prints tables, and draws docs/growth.png with --picture.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import psycopg

from benchmarks.contenders import burn
from benchmarks.measures import Trial, new_trial, running_server
from burn_core.runs.claim import claim
from db.connection import begin, open_engine

LENGTHS = (10, 100, 1_000, 5_000)
WORKERS = (1, 2, 4)
THREADS = (10, 1_000, 100_000)


def fill(connection: psycopg.Connection, length: int) -> None:
    """Fill the first thread with messages, each with a fact, all marked as read."""
    thread_id = burn.THREAD.format(0)
    connection.execute(b"ALTER TABLE events DISABLE TRIGGER mark_due")
    connection.execute(
        "INSERT INTO events (thread_id, user_id, type, data)"
        " SELECT %s, %s, 'text', jsonb_build_object('text', 'event ' || (1000000 + n))"
        " FROM generate_series(1, %s) AS n",
        [thread_id, burn.ADA, length],
    )
    connection.execute(
        "INSERT INTO facts (thread_id, subject_id, source_event_id, predicate, object)"
        " SELECT thread_id, user_id, id, 'likes', data->>'text' FROM events"
    )
    connection.execute(b"ALTER TABLE events ENABLE TRIGGER mark_due")
    connection.execute("UPDATE memberships SET last_seen_seq = %s", [length])
    connection.execute(b"ANALYZE")


def measure_cpu_per_event(trial: Trial, length: int, events: int) -> float:
    """The worker's CPU time per event, in ms, in a thread that already has length events."""
    with trial.connect() as connection:
        fill(connection, length)
        with trial.working() as worker:
            process = psutil.Process(worker.pid)
            for number in range(10):  # the first one loads the thread and renders all of it
                burn.post(connection, 0, number)
                trial.wait_until_done(connection)
            before = process.cpu_times()
            for number in range(10, 10 + events):
                burn.post(connection, 0, number)
                trial.wait_until_done(connection)
            after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return float(1_000 * used / events)


def measure_drain_of_workers(trial: Trial, workers: int, events: int) -> float:
    """Events per second that the workers answer together, each event in its own thread."""
    with trial.connect() as connection:
        connection.execute(b"UPDATE threads SET status = 'completed'")
        with connection.transaction():
            for number in range(events):
                burn.post(connection, number, number)
        started_workers = [trial.start_worker(0, 16) for _ in range(workers)]
        try:
            started = time.monotonic()
            connection.execute(b"UPDATE threads SET status = 'started'")
            trial.wait_until_done(connection)
            return events / (time.monotonic() - started)
        finally:
            for worker in started_workers:
                worker.kill()
                worker.wait()


def measure_claim(trial: Trial, rounds: int) -> float:
    """ms to claim 10 due agents: the median of all rounds."""
    engine = open_engine(trial.url, pool_size=1)
    times = []
    with trial.connect() as connection:
        for number in range(rounds):
            for thread in range(10):
                burn.post(connection, thread, number)
            with begin(engine) as session:
                started = time.perf_counter()
                claims = claim(session, "me", 16, 60, {}, "noting")
            times.append(time.perf_counter() - started)
            assert claims.due == 10
            connection.execute(b"UPDATE runs SET status = 'done' WHERE status = 'running'")
    engine.dispose()
    return 1_000 * sorted(times)[len(times) // 2]


def show(title: str, heads: Sequence[int], figures: Sequence[float], unit: str) -> None:
    print(f"\n| {title} | {' | '.join(f'{head:,}' for head in heads)} |")
    print(f"|{'---|' * (len(heads) + 1)}")
    print(f"| {unit} | {' | '.join(f'{figure:,.2f}' for figure in figures)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, help="draw the curves to this file")
    options = parser.parse_args()
    with running_server() as server_url:
        cpu, drains, claims = [], [], []
        for length in LENGTHS:
            with new_trial(server_url, "burn", 1) as trial:
                cpu.append(measure_cpu_per_event(trial, length, 100))
        show("events in the thread", LENGTHS, cpu, "worker's CPU, ms per event")
        for workers in WORKERS:
            with new_trial(server_url, "burn", 2_000) as trial:
                drains.append(measure_drain_of_workers(trial, workers, 2_000))
        show("workers", WORKERS, drains, "events/s, each in its own thread")
        for threads in THREADS:
            with new_trial(server_url, "burn", threads) as trial:
                claims.append(measure_claim(trial, 50))
        show("threads, of which 10 are due", THREADS, claims, "claim, ms")
    if options.picture:
        draw(options.picture, cpu, drains, claims)


def draw(
    path: Path, cpu: Sequence[float], drains: Sequence[float], claims: Sequence[float]
) -> None:
    from matplotlib import pyplot

    figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(12, 3.5))
    for axes, heads, figures, x, y in (
        (left, LENGTHS, cpu, "events in the thread", "worker's CPU, ms per event"),
        (middle, WORKERS, drains, "workers", "events/s"),
        (right, THREADS, claims, "threads, 10 of them due", "claim, ms"),
    ):
        axes.plot(heads, figures, marker="o", color="#c2410c")
        axes.set(xlabel=x, ylabel=y, ylim=(0, 1.2 * max(figures)))
        if axes is not middle:
            axes.set_xscale("log")
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
