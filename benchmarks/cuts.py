"""Connections that are cut: python -m benchmarks.cuts [--minutes 30].

50 tabs, with the store and the socket that browsers have, follow a thread in which people and an agent
write. Their connections are cut at random moments, or go dead without an end, as when a network changes.
Prints how many, the memory of the web process, and how many tabs have in the end exactly the rows that
the database has.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import playwright
import psutil

from benchmarks.contenders import burn
from benchmarks.measures import Trial, running_trial
from benchmarks.screen import make_cookies, make_members, running_web
from burn_core.room.cookies import COOKIE_NAME
from burn_core.room.transcript import list_messages
from db.connection import begin_reading, open_engine
from pages.ui.shared.scripts import read_scripts
from pages.ui.thread.tables import GROUPS, make_chat

_NODE = Path(playwright.__file__).parent / "driver" / "node"
_TABS = 50
_LIVES_SECONDS = 40  # on average
_DEAD = 0.3  # of the cuts: nothing more comes, and nobody is told
_SAY_EVERY_SECONDS = 6.0
_REPORTS = 6
_CATCH_UP_SECONDS = 100  # a tab gives up a dead connection after 75
_Kind = Literal["cut", "dead"]


class Cutter:
    """A proxy that ends connections at random moments."""

    def __init__(self, port: int) -> None:
        self.counts: dict[_Kind, int] = {"cut": 0, "dead": 0}
        self.is_calm = False
        self._port = port

    async def start(self) -> str:
        server = await asyncio.start_server(self._serve_until_stopped, "127.0.0.1", 0)
        return "{}:{}".format(*server.sockets[0].getsockname())

    async def _serve_until_stopped(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(asyncio.CancelledError):  # asyncio would print them
            await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.close()
            return
        pumps = [
            asyncio.create_task(_pump(reader, up_writer)),
            asyncio.create_task(_pump(up_reader, writer)),
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(random.expovariate(1 / _LIVES_SECONDS)):
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        if self.is_calm:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        elif not any(pump.done() for pump in pumps):
            kind: _Kind = "dead" if random.random() < _DEAD else "cut"
            self.counts[kind] += 1
            for pump in pumps:
                pump.cancel()
            if kind == "dead":
                await asyncio.sleep(_CATCH_UP_SECONDS)
        for end in (writer, up_writer):
            end.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


class Tabs:
    """The tabs, in a process of node's."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, question: dict[str, Any], is_answered: bool = True) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        await self._process.stdin.drain()
        return json.loads(await self._process.stdout.readline()) if is_answered else None


def read_truth(trial: Trial) -> dict[str, Any]:
    """The rows of each table, as the screens show them."""
    engine = open_engine(trial.url, pool_size=1)
    thread_id = UUID(burn.THREAD.format(0))
    with begin_reading(engine) as session:
        tables = {name: rows for it in GROUPS for name, rows in it.read(session, thread_id).items()}
        tables |= make_chat(session, list_messages(session, thread_id, 1_000_000))
    engine.dispose()
    truth: dict[str, Any] = json.loads(json.dumps(tables))
    return truth


def is_equal(name: str, rows: dict[str, Any], truth: dict[str, Any]) -> bool:
    """Whether they are all that there are or, of messages, all from the first that the tab had."""
    if name == "messages":
        first = min(map(int, rows), default=0)
        truth = {seq: row for seq, row in truth.items() if int(seq) >= first}
    return rows == truth


async def compare(trial: Trial, tabs: Tabs) -> tuple[dict[str, Any], Any, list[str]]:
    """The database's tables, each tab's store, and what of it is different."""
    truth = await asyncio.to_thread(read_truth, trial)
    stores = await tabs.ask({"names": list(truth)})
    different = [
        f"tab {number}: {name}"
        for number, store in enumerate(stores)
        for name, rows in store["tables"].items()
        if not is_equal(name, rows, truth[name])
    ]
    return truth, stores, different


async def measure(trial: Trial, tabs: int, minutes: float) -> None:
    thread_id = burn.THREAD.format(0)
    with (
        running_web(trial.url) as (address, web),
        trial.working(0.2),
        trial.connect() as connection,
    ):
        cutter = Cutter(int(address.rpartition(":")[2]))
        host = await cutter.start()
        with tempfile.NamedTemporaryFile("w", suffix=".mjs") as source:
            source.write(read_scripts("shared/store.js", "shared/away.js", "shared/live.js"))
            source.flush()
            cookies = make_cookies(trial, make_members(trial, tabs))
            process = await asyncio.create_subprocess_exec(
                _NODE,
                str(Path(__file__).with_suffix(".js")),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=2**30,
            )
            opened = Tabs(process)
            setting = {
                "source": f"file://{source.name}",
                "host": host,
                "thread": thread_id,
                "cookies": [f"{COOKIE_NAME}={cookie}" for cookie in cookies],
            }
            await opened.ask(setting, is_answered=False)
            number, began = 0, time.monotonic()
            for report in range(1, _REPORTS + 1):
                while time.monotonic() < began + 60 * minutes * report / _REPORTS:
                    await asyncio.to_thread(burn.post, connection, 0, number)
                    number += 1
                    await asyncio.sleep(_SAY_EVERY_SECONDS)
                memory = psutil.Process(web.pid).memory_full_info().uss / 1e6
                print(
                    f"{(time.monotonic() - began) / 60:.0f} min: {number} messages, {cutter.counts},"
                    f" web {memory:.0f} MB",
                    flush=True,
                )
            cutter.is_calm = True
            await asyncio.to_thread(trial.wait_until_done, connection)
            until = time.monotonic() + _CATCH_UP_SECONDS
            while True:
                truth, stores, different = await compare(trial, opened)
                if not different or time.monotonic() > until:
                    break
                await asyncio.sleep(2)
            process.kill()
            await process.wait()
    sizes = {name: len(rows) for name, rows in truth.items()}
    print(
        f"{tabs} tabs, rows in the database: {sizes}; gaps that take the page:"
        f" {sum(store['apart'] for store in stores)}"
    )
    print("every store equals the database" if not different else f"different: {different}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--tabs", type=int, default=_TABS)
    options = parser.parse_args()
    with running_trial() as trial:
        asyncio.run(measure(trial, options.tabs, options.minutes))


if __name__ == "__main__":
    main()
