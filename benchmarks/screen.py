"""What an event costs on screen: python -m benchmarks.screen.

Viewers speak the page's protocol without a browser. For each number of viewers and of messages in
the thread, this measures the web process's CPU time per event and viewer, the time from an event's
commit until the last viewer has its text, and the web process's memory per viewer.
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID, uuid4

import psutil
import psycopg

from benchmarks.contenders import burn
from benchmarks.measures import ROOT, Trial, find_port, is_served, new_trial, running_server
from benchmarks.viewers import Viewer
from burn_core.room.cookies import Cookies
from db.connection import begin, open_engine
from db.instance import get_cookie_key

VIEWERS = (1, 50, 200, 500)
MESSAGES = (50, 500, 5_000)
_EVENTS = 15
_APART_SECONDS = 1.0


@contextmanager
def running_web(url: str) -> Iterator[tuple[str, psutil.Process]]:
    """Run the web process without a worker. Gives its host:port, and the process."""
    port = find_port()
    web = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url, "BURN_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 30
        while not is_served(f"http://{address}/_stcore/health"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield address, psutil.Process(web.pid)
    finally:
        web.send_signal(signal.SIGTERM)
        web.wait(20)


def fill(trial: Trial, messages: int) -> None:
    """Fill ada's thread, without agents, with that many messages."""
    with trial.connect() as connection:
        connection.execute("DELETE FROM memberships WHERE role = 'producer'")
        connection.execute(
            "INSERT INTO events (thread_id, user_id, type, data)"
            " SELECT %s, %s, 'text', jsonb_build_object('text', 'message ' || n)"
            " FROM generate_series(1, %s) AS n",
            [burn.THREAD.format(0), burn.ADA, messages],
        )
        connection.execute(b"ANALYZE")


def make_members(trial: Trial, people: int) -> list[UUID]:
    """Let that many people join ada's thread. Returns their ids."""
    ids = [uuid4() for _ in range(people)]
    with trial.connect() as connection:
        connection.execute(
            "INSERT INTO users (id, name) SELECT id, 'guest-' || n"
            " FROM unnest(%s) WITH ORDINALITY AS guest (id, n)",
            [ids],
        )
        connection.execute(
            "INSERT INTO memberships (thread_id, user_id, role) SELECT %s, id, 'member'"
            " FROM unnest(%s) AS id",
            [burn.THREAD.format(0), ids],
        )
    return ids


def make_cookies(trial: Trial, user_ids: Sequence[UUID]) -> list[str]:
    """Sign each of them in in a browser of its own. Returns the browsers' cookies."""
    ids = [uuid4() for _ in user_ids]
    with trial.connect() as connection:
        connection.execute(
            "INSERT INTO sessions (browser_id, user_id) SELECT * FROM unnest(%s, %s)",
            [ids, list(user_ids)],
        )
    engine = open_engine(trial.url, pool_size=1)
    with begin(engine) as session:
        key = get_cookie_key(session)
    engine.dispose()
    return [Cookies(key).make_cookie(id) for id in ids]


async def measure(trial: Trial, viewers: int, messages: int) -> tuple[float, float, float, float]:
    """CPU ms per event and viewer; p50 and p95 of ms until the last viewer has it; MB per viewer."""
    fill(trial, messages)
    with running_web(trial.url) as (address, web), trial.connect() as connection:
        thread_id = burn.THREAD.format(0)
        tabs = [Viewer(address, it, thread_id) for it in make_cookies(trial, [burn.ADA] * viewers)]
        watching = [await _open(tabs[0])]
        memory = web.memory_info().rss
        watching += [await _open(tab) for tab in tabs[1:]]
        grown = web.memory_info().rss - memory
        await asyncio.sleep(1)
        before = web.cpu_times()
        sent = await _post_all(connection)
        after = web.cpu_times()
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    lasts = sorted(max(tab.seen[text] for tab in tabs) - at for text, at in sent.items())
    cpu = after.user + after.system - before.user - before.system
    return (
        1_000 * cpu / _EVENTS / viewers,
        statistics.median(lasts) / 1e6,
        lasts[int(len(lasts) * 0.95) - 1] / 1e6,
        grown / max(viewers - 1, 1) / 1e6,
    )


async def _open(tab: Viewer) -> "asyncio.Task[None]":
    is_ready = asyncio.Event()
    task = asyncio.create_task(tab.watch(is_ready))
    ready = asyncio.create_task(is_ready.wait())
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
    assert is_ready.is_set(), task
    return task


async def _post_all(connection: psycopg.Connection) -> dict[str, int]:
    """The time of each event's commit, in ns since the epoch, by its text."""
    sent = {}
    for number in range(_EVENTS):
        await asyncio.to_thread(burn.post, connection, 0, number)
        sent[f"event {number}"] = time.time_ns()
        await asyncio.sleep(_APART_SECONDS)
    await asyncio.sleep(2)
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, nargs="*", default=VIEWERS)
    parser.add_argument("--messages", type=int, nargs="*", default=MESSAGES)
    options = parser.parse_args()
    print(
        "| viewers | messages | CPU ms per event and viewer | last viewer p50 ms | p95 ms | MB per viewer |"
    )
    print(f"|{'---|' * 6}")
    with running_server() as server_url:
        for viewers in options.viewers:
            for messages in options.messages:
                with new_trial(server_url, "burn", 1) as trial:
                    cpu, p50, p95, memory = asyncio.run(measure(trial, viewers, messages))
                shown = "–" if viewers == 1 else f"{memory:.2f}"
                print(
                    f"| {viewers} | {messages:,} | {cpu:.2f} | {p50:.0f} | {p95:.0f} | {shown} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
