"""The floor: only NOTIFY, a listener, and the commit of what a turn writes."""

import sys
import time

import psycopg

from benchmarks.contenders import plain
from benchmarks.models import open_log, read_seconds


def set_up(url: str, threads: int) -> None:
    plain.make_tables(url)


def post(connection: psycopg.Connection, thread: int, number: int) -> None:
    with connection.transaction():
        event_id = plain.insert_event(connection, thread, number)
        connection.execute("SELECT pg_notify('turn', %s)", [f"{thread} {event_id} {number}"])


def count_left(connection: psycopg.Connection) -> int:
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE type = 'text') - count(*) FILTER (WHERE type = 'reply')"
        " FROM events"
    ).fetchone()
    assert row is not None
    return int(row[0])


def main(url: str, concurrency: int) -> None:
    log, seconds = open_log(), read_seconds()
    listening = psycopg.connect(url, autocommit=True)
    writing = psycopg.connect(url)
    listening.execute("LISTEN turn")
    print("ready", flush=True)
    for notify in listening.notifies():
        thread, event_id, number = (int(part) for part in notify.payload.split())
        log.note(number)
        time.sleep(seconds)
        with writing.transaction():
            writing.execute(plain.REPLY.format("%s", "%s"), [thread, plain.make_reply(number)])
            for fact in plain.list_facts(number):
                writing.execute(plain.FACT.format("%s", "%s", "%s"), [thread, event_id, fact])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
