"""DBOS: a durable workflow per event, enqueued in SQL, with its steps checkpointed in Postgres.

It polls its queues, so low latency needs a short polling interval, which means many polls when
idle. A dead worker's work is recovered when that worker starts again, or by DBOS's own server.
"""

import sys
import time

import psycopg
from dbos import DBOS, DBOSConfig
from psycopg_pool import ConnectionPool

from benchmarks.contenders import plain
from benchmarks.models import open_log, read_seconds

POLL_SECONDS = 0.02  # the default is one second


def _configure(url: str) -> DBOSConfig:
    return DBOSConfig(
        name="bench",
        system_database_url=plain.make_dsn(url),
        application_version="1",
        log_level="ERROR",
    )


def set_up(url: str, threads: int) -> None:
    plain.make_tables(url)
    DBOS(config=_configure(url))
    DBOS.launch()
    DBOS.destroy()


def post(connection: psycopg.Connection, thread: int, number: int) -> None:
    with connection.transaction():
        event_id = plain.insert_event(connection, thread, number)
        connection.execute(
            "SELECT dbos.enqueue_workflow('turn', 'turns',"
            " ARRAY[to_json(%s::int), to_json(%s::bigint), to_json(%s::int)])",
            [thread, event_id, number],
        )


def count_left(connection: psycopg.Connection) -> int:
    row = connection.execute(
        "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('ENQUEUED', 'PENDING')"
    ).fetchone()
    assert row is not None
    return int(row[0])


def main(url: str, concurrency: int) -> None:
    log, seconds = open_log(), read_seconds()
    pool = ConnectionPool(url, min_size=4, max_size=10, open=True)

    @DBOS.step()
    def ask(thread: int, number: int) -> None:
        with pool.connection() as connection:
            connection.execute(plain.HISTORY.format("%s"), [thread]).fetchall()
        log.note(number)
        time.sleep(seconds)

    @DBOS.step()
    def write(thread: int, event_id: int, number: int) -> None:
        with pool.connection() as connection:
            connection.execute(plain.REPLY.format("%s", "%s"), [thread, plain.make_reply(number)])
            for fact in plain.list_facts(number):
                connection.execute(plain.FACT.format("%s", "%s", "%s"), [thread, event_id, fact])

    @DBOS.workflow(name="turn")
    def turn(thread: int, event_id: int, number: int) -> None:
        ask(thread, number)
        write(thread, event_id, number)

    DBOS(config=_configure(url))
    DBOS.launch()
    DBOS.register_queue("turns", worker_concurrency=concurrency, polling_interval_sec=POLL_SECONDS)
    print("ready", flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
