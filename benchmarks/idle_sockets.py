"""What tabs cost in which nothing happens: python -m benchmarks.idle_sockets.

2,000 people have a thread open, each by the live socket of a tab. Prints the share of a core that the web
process takes for it, and the database's transactions per second, beside those without any tab.
"""

import argparse
import asyncio
import json
from contextlib import AsyncExitStack
from uuid import UUID

import psutil
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.contenders import burn
from benchmarks.measures import Trial, running_trial
from benchmarks.screen import fill, make_cookies, make_members, running_web
from burn_core.room.cookies import COOKIE_NAME

_SOCKETS = 2_000
_AT_ONCE = 20
_SETTLE_SECONDS = 20
_SECONDS = 120
_TRANSACTIONS = (
    "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
)


async def measure_idle(trial: Trial, web: psutil.Process, what: str) -> None:
    def count() -> tuple[int, float]:
        with trial.connect() as connection:
            [transactions] = connection.execute(_TRANSACTIONS).fetchone() or [0]
        times = web.cpu_times()
        return transactions, times.user + times.system

    await asyncio.sleep(_SETTLE_SECONDS)
    transactions, cpu = await asyncio.to_thread(count)
    await asyncio.sleep(_SECONDS)
    transactions_after, cpu_after = await asyncio.to_thread(count)
    print(
        f"{what}: {100 * (cpu_after - cpu) / _SECONDS:.2f} % of a core,"
        f" {(transactions_after - transactions) / _SECONDS:.2f} transactions/s",
        flush=True,
    )


async def open_socket(address: str, cookie: str, user_id: UUID) -> ClientConnection:
    """A tab's, which is then read without end, so that it answers pings."""
    headers = {"Cookie": f"{COOKIE_NAME}={cookie}", "Origin": f"http://{address}"}
    socket = await connect(f"ws://{address}/live", additional_headers=headers, max_size=None)
    topics = [f"users:{user_id}", f"rows:{burn.THREAD.format(0)}"]
    await socket.send(json.dumps({"topics": topics, "have": {}}))
    while "tables" not in json.loads(await socket.recv()):
        pass
    return socket


async def read(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


async def measure(trial: Trial, sockets: int) -> None:
    fill(trial, 50)
    with running_web(trial.url) as (address, web):
        await measure_idle(trial, web, "no tab")
        people = make_members(trial, sockets)
        visitors = list(zip(make_cookies(trial, people), people, strict=True))
        async with AsyncExitStack() as stack:
            reading = []
            for first in range(0, sockets, _AT_ONCE):
                opening = (open_socket(address, *it) for it in visitors[first : first + _AT_ONCE])
                for socket in await asyncio.gather(*opening):
                    stack.push_async_callback(socket.close)
                    reading.append(asyncio.create_task(read(socket)))
            await measure_idle(trial, web, f"{sockets} sockets")
            assert not any(task.done() for task in reading), "a socket was cut"
            for task in reading:
                task.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=_SOCKETS)
    options = parser.parse_args()
    with running_trial() as trial:
        asyncio.run(measure(trial, options.sockets))


if __name__ == "__main__":
    main()
