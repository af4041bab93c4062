"""pgqueuer: a job per event, on asyncpg, woken by NOTIFY from its own trigger."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import asyncpg
import psycopg
from pgqueuer import AsyncpgDriver, PgQueuer
from pgqueuer.models import Job

from benchmarks.contenders import plain
from benchmarks.models import open_log, read_seconds


def set_up(url: str, threads: int) -> None:
    plain.make_tables(url)
    subprocess.run(
        [sys.executable, "-m", "pgqueuer", "--pg-dsn", plain.make_dsn(url), "install"],
        check=True,
        capture_output=True,
    )


def post(connection: psycopg.Connection, thread: int, number: int) -> None:
    with connection.transaction():
        event_id = plain.insert_event(connection, thread, number)
        payload = json.dumps({"thread": thread, "event_id": event_id, "number": number}).encode()
        connection.execute(
            "INSERT INTO pgqueuer (priority, entrypoint, payload, status)"
            " VALUES (0, 'turn', %s, 'queued')",
            [payload],
        )


def count_left(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM pgqueuer").fetchone()
    assert row is not None
    return int(row[0])


async def work(url: str, concurrency: int) -> None:
    log, seconds = open_log(), read_seconds()
    queue = PgQueuer(AsyncpgDriver(await asyncpg.connect(plain.make_dsn(url))))
    pool = await asyncpg.create_pool(plain.make_dsn(url), min_size=4, max_size=10)

    @queue.entrypoint("turn", concurrency_limit=concurrency)
    async def turn(job: Job) -> None:
        assert job.payload is not None
        it: dict[str, Any] = json.loads(job.payload)
        async with pool.acquire() as connection:
            await connection.fetch(plain.HISTORY.format("$1"), it["thread"])
        log.note(it["number"])
        if seconds:
            await asyncio.sleep(seconds)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(
                plain.REPLY.format("$1", "$2"), it["thread"], plain.make_reply(it["number"])
            )
            for fact in plain.list_facts(it["number"]):
                await connection.execute(
                    plain.FACT.format("$1", "$2", "$3"), it["thread"], it["event_id"], fact
                )

    print("ready", flush=True)
    await queue.run(batch_size=min(concurrency, 50))


def main(url: str, concurrency: int) -> None:
    asyncio.run(work(url, concurrency))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
