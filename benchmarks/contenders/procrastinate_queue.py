"""procrastinate: a job per event, with LISTEN on and the turn in an async task."""

import asyncio
import sys

import procrastinate
import psycopg
from psycopg_pool import AsyncConnectionPool

from benchmarks.contenders import plain
from benchmarks.models import open_log, read_seconds

RETRY_CRON = "* * * * * */10"  # every ten seconds; its documentation says every ten minutes


def set_up(url: str, threads: int) -> None:
    plain.make_tables(url)
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=url))
    with app.open():
        app.schema_manager.apply_schema()


def post(connection: psycopg.Connection, thread: int, number: int) -> None:
    with connection.transaction():
        event_id = plain.insert_event(connection, thread, number)
        connection.execute(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'turn', 0, NULL, NULL,"
            " jsonb_build_object('thread', %s::int, 'event_id', %s::bigint, 'number', %s::int),"
            " NULL)::procrastinate_job_to_defer_v1])",
            [thread, event_id, number],
        )


def count_left(connection: psycopg.Connection) -> int:
    row = connection.execute(
        "SELECT count(*) FROM procrastinate_jobs"
        " WHERE task_name = 'turn' AND status IN ('todo', 'doing')"
    ).fetchone()
    assert row is not None
    return int(row[0])


async def work(url: str, concurrency: int) -> None:
    log, seconds = open_log(), read_seconds()
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, max_size=20))
    pool = AsyncConnectionPool(url, min_size=4, max_size=10, open=False)

    async def ask(number: int) -> None:
        log.note(number)
        if seconds:
            await asyncio.sleep(seconds)

    @app.task(name="turn")
    async def turn(thread: int, event_id: int, number: int) -> None:
        async with pool.connection() as connection:
            await connection.execute(plain.HISTORY.format("%s"), [thread])
        await ask(number)
        async with pool.connection() as connection:
            await connection.execute(
                plain.REPLY.format("%s", "%s"), [thread, plain.make_reply(number)]
            )
            for fact in plain.list_facts(number):
                await connection.execute(
                    plain.FACT.format("%s", "%s", "%s"), [thread, event_id, fact]
                )

    @app.periodic(cron=RETRY_CRON)
    @app.task(name="retry", pass_context=True, queueing_lock="retry")
    async def retry(context: procrastinate.JobContext, timestamp: int) -> None:
        for job in await app.job_manager.get_stalled_jobs():
            await app.job_manager.retry_job(job)

    async with app.open_async(), pool:
        print("ready", flush=True)
        await app.run_worker_async(concurrency=concurrency, listen_notify=True)


def main(url: str, concurrency: int) -> None:
    asyncio.run(work(url, concurrency))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
