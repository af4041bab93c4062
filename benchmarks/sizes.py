"""How many bytes messages add to each table and index: python -m benchmarks.sizes.

People talk in 20 threads with the three agents, whom the understudy plays. The first messages aren't
counted, so that what a new database begins with isn't either.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

import psycopg

from benchmarks.contenders.burn import count_left
from benchmarks.measures import ROOT
from burn_core.bootstrap import prepare
from db import embedded

_THREADS = 20
_AT_ONCE = 5  # messages in a thread between which agents get to speak
_MOST_SECONDS = 120  # for the agents to speak
_SENTENCES = (
    "I like chess and cooking",
    "I live in {} and work as a nurse, mostly at night, which my neighbours hate",
    "My dog is called {}",
    "I hate mornings, {} and long meetings",
    "What was that about {}?",
)
_SIZES = """
    SELECT relname, pg_total_relation_size(oid), pg_indexes_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_INDEXES = """
    SELECT c.relname, pg_relation_size(c.oid) FROM pg_class c
    JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relnamespace = 'public'::regnamespace
"""


def set_up(connection: psycopg.Connection) -> list[tuple[UUID, UUID]]:
    """Threads, each with a person and every agent."""
    rooms: list[tuple[UUID, UUID]] = connection.execute(
        b"""
        WITH people AS (
            INSERT INTO users (name) SELECT 'person' || n FROM generate_series(1, %d) n RETURNING id
        ), rooms AS (
            INSERT INTO threads (name) SELECT 'Room' FROM generate_series(1, %d) RETURNING id
        )
        SELECT r.id, p.id FROM (SELECT id, row_number() OVER () n FROM rooms) r
        JOIN (SELECT id, row_number() OVER () n FROM people) p USING (n)
        """
        % (_THREADS, _THREADS)
    ).fetchall()
    for thread_id, user_id in rooms:
        connection.execute(
            "INSERT INTO memberships (thread_id, user_id, role) VALUES (%s, %s, 'owner')",
            [thread_id, user_id],
        )
        connection.execute(
            "INSERT INTO memberships (thread_id, user_id, role) SELECT %s, id,"
            " CASE name WHEN 'sarah' THEN 'producer' ELSE 'comedian' END"
            " FROM users WHERE type = 'agent'",
            [thread_id],
        )
    return rooms


def talk(connection: psycopg.Connection, rooms: list[tuple[UUID, UUID]], messages: int) -> None:
    for number in range(messages):
        thread_id, user_id = rooms[number % len(rooms)]
        text = _SENTENCES[number % len(_SENTENCES)].format(f"Number{number}")
        connection.execute(
            "INSERT INTO events (thread_id, user_id, type, data)"
            " VALUES (%s, %s, 'text', jsonb_build_object('text', %s::text))",
            [thread_id, user_id, text],
        )
        if number % (_AT_ONCE * len(rooms)) == 0:
            wait_until_quiet(connection)
    wait_until_quiet(connection)


def wait_until_quiet(connection: psycopg.Connection) -> None:
    """Raises TimeoutError if the agents aren't done in time: perhaps the worker has ended."""
    deadline = time.monotonic() + _MOST_SECONDS
    while count_left(connection):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the agents aren't done after {_MOST_SECONDS} s")
        time.sleep(0.05)


def measure(connection: psycopg.Connection, statement: str) -> dict[str, list[int]]:
    connection.execute(b"VACUUM")
    rows = connection.execute(statement.encode()).fetchall()
    return {str(name): [int(size) for size in sizes] for name, *sizes in rows}


def measure_rows(connection: psycopg.Connection) -> dict[str, int]:
    tables = ("events", "facts", "runs")
    return {
        table: int(connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()[0][0])
        for table in tables
    }


def _make_environment(url: str) -> dict[str, str]:
    """Without anything that names another model than the understudy."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC_", "BURN_"))}
    return bare | {"DATABASE_URL": url, "PYTHONPATH": str(ROOT)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000)
    messages = parser.parse_args().messages
    with (
        tempfile.TemporaryDirectory(prefix="burn-bench-") as home,
        embedded.running(Path(home)) as url,
    ):
        prepare(url)
        worker = subprocess.Popen(
            [sys.executable, ROOT / "agents_worker.py"],
            cwd=home,  # where there is no .env
            env=_make_environment(url),
            stdout=subprocess.DEVNULL,
        )
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                rooms = set_up(connection)
                talk(connection, rooms, messages // 2)
                tables, indexes = measure(connection, _SIZES), measure(connection, _INDEXES)
                rows = measure_rows(connection)
                talk(connection, rooms, messages)
                print("| table | rows | kB in all | kB of indexes |\n|---|---|---|---|")
                more_rows = measure_rows(connection)
                for name, (total, of_indexes) in measure(connection, _SIZES).items():
                    grown = total - tables[name][0]
                    if grown:
                        count = more_rows[name] - rows[name] if name in rows else "–"
                        of_indexes -= tables[name][1]
                        print(
                            f"| {name} | {count} | {grown / 1e3:,.0f} | {of_indexes / 1e3:,.0f} |"
                        )
                print("\n| index | kB |\n|---|---|")
                grown_indexes = {
                    name: size - indexes[name][0]
                    for name, (size,) in measure(connection, _INDEXES).items()
                }
                for name, size in sorted(grown_indexes.items(), key=lambda it: -it[1])[:10]:
                    print(f"| {name} | {size / 1e3:,.0f} |")
        finally:
            worker.terminate()
            worker.wait()


if __name__ == "__main__":
    main()
