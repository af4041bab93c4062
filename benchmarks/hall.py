"""A hall that opens a thread at once: python -m benchmarks.hall.

Within half a minute, 300 people open a thread of 500 messages, over the page's protocol and without a
browser, while two more chat in it. Prints how long a tab waits for the chat, from before it connects,
and how long what people say takes to the last tab that is open by then.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Sequence

from benchmarks.contenders import burn
from benchmarks.measures import Trial, running_trial
from benchmarks.screen import fill, make_cookies, make_members, running_web
from benchmarks.tab import open_tab
from benchmarks.viewers import Viewer

_TABS = 300
_SECONDS = 30
_MESSAGES = 500
_SAY_EVERY_SECONDS = 3.0  # as often as one person may
_MOST_SECONDS = 240


async def measure(trial: Trial, tabs: int, seconds: float) -> None:
    fill(trial, _MESSAGES)
    thread_id = burn.THREAD.format(0)
    with running_web(trial.url) as (address, web):
        *cookies, ada, bob = make_cookies(trial, make_members(trial, tabs + 2))
        viewers = [Viewer(address, cookie, thread_id) for cookie in cookies]
        waited: list[float] = []

        async def arrive(number: int) -> "asyncio.Task[None]":
            await asyncio.sleep(number * seconds / tabs)
            began, is_ready = time.time_ns(), asyncio.Event()
            task = asyncio.create_task(viewers[number].watch(is_ready))
            await is_ready.wait()
            waited.append((min(viewers[number].seen.values()) - began) / 1e9)
            return task

        async with asyncio.timeout(_MOST_SECONDS):
            before = web.cpu_times()
            arriving = asyncio.gather(*map(arrive, range(tabs)))
            said = await asyncio.gather(
                *(chat(address, cookie, name, seconds) for name, cookie in (("a", ada), ("b", bob)))
            )
            tasks = await arriving
            after = web.cpu_times()
            await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    latest = [wait for each in said for wait in list_waits(each, viewers)]
    cpu = after.user + after.system - before.user - before.system
    show("the chat is there", waited)
    show("what is said is in the last tab", latest)
    print(f"\n{1_000 * cpu / tabs:.0f} ms of the web process's CPU per tab")


async def chat(address: str, cookie: str, name: str, seconds: float) -> dict[str, int]:
    """Say something again and again. Returns when each text was sent, in ns since the epoch."""
    said: dict[str, int] = {}
    async with open_tab(address, f"thread={burn.THREAD.format(0)}", cookie) as tab:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            text = f"{name} says {len(said)}"
            said[text] = time.time_ns()
            await tab.post(text)
            assert not tab.said, tab.said
            await asyncio.sleep(_SAY_EVERY_SECONDS)
    return said


def list_waits(said: dict[str, int], viewers: Sequence[Viewer]) -> list[float]:
    """How long each text took to the last viewer who was there when it was sent, in seconds."""
    waits = []
    for text, at in said.items():
        there = [it.seen for it in viewers if min(it.seen.values(), default=at + 1) < at]
        if there:
            waits.append((max(seen[text] for seen in there) - at) / 1e9)
    return waits


def show(what: str, seconds: Sequence[float]) -> None:
    p95 = statistics.quantiles(seconds, n=20)[-1]
    print(
        f"{what}: p50 {statistics.median(seconds):.2f} s, p95 {p95:.2f} s, longest"
        f" {max(seconds):.2f} s ({len(seconds)} times)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabs", type=int, default=_TABS)
    parser.add_argument("--seconds", type=float, default=_SECONDS)
    options = parser.parse_args()
    with running_trial() as trial:
        asyncio.run(measure(trial, options.tabs, options.seconds))


if __name__ == "__main__":
    main()
