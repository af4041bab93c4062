"""The peers' tables, and the parts of their turn: events in, a reply and two facts out."""

import json

import psycopg
from psycopg.conninfo import conninfo_to_dict

TABLES = """
    CREATE TABLE events (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        thread_id int NOT NULL, type text NOT NULL, data jsonb NOT NULL);
    CREATE INDEX ON events (thread_id, id);
    CREATE TABLE facts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, thread_id int NOT NULL,
        source_event_id bigint NOT NULL, predicate text NOT NULL, object text NOT NULL);
"""
HISTORY = "SELECT type, data FROM events WHERE thread_id = {0} ORDER BY id"
REPLY = "INSERT INTO events (thread_id, type, data) VALUES ({0}, 'reply', {1})"
FACT = (
    "INSERT INTO facts (thread_id, source_event_id, predicate, object)"
    " VALUES ({0}, {1}, 'likes', {2})"
)


def make_dsn(url: str) -> str:
    """The address as a URL, for libraries that accept nothing else."""
    parts = conninfo_to_dict(url)
    password = f":{parts['password']}" if parts.get("password") else ""
    return f"postgresql://{parts['user']}{password}@/{parts['dbname']}?host={parts['host']}"


def make_tables(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)


def insert_event(connection: psycopg.Connection, thread: int, number: int) -> int:
    """The new event's id."""
    row = connection.execute(
        "INSERT INTO events (thread_id, type, data) VALUES (%s, 'text', %s) RETURNING id",
        [thread, json.dumps({"text": f"event {number}"})],
    ).fetchone()
    assert row is not None
    return int(row[0])


def count_doubled(connection: psycopg.Connection) -> int:
    """The number of facts that were written more than once."""
    row = connection.execute(
        "SELECT count(*) FROM (SELECT FROM facts GROUP BY thread_id, object HAVING count(*) > 1) AS d"
    ).fetchone()
    assert row is not None
    return int(row[0])


def make_reply(number: int) -> str:
    return json.dumps({"text": f"reply to {number}"})


def list_facts(number: int) -> list[str]:
    return [f"{thing} {number}" for thing in ("chess", "cooking")]
