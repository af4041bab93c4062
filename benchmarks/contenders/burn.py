"""Burn itself: rule, snapshot, context, validation, tool, facts. Only the model is a stand-in."""

import os
import sys
from uuid import UUID

import psycopg

import agents_worker
from burn_core.bootstrap import prepare

# The n-th thread's id contains n, so posting needs no look-up.
THREAD = "00000000-0000-4000-8000-{:012d}"
ADA = UUID("aaaaaaaa-0000-4000-8000-000000000000")
_SET_UP = """
    INSERT INTO users (id, name) VALUES (%(ada)s, 'ada');
    INSERT INTO users (type, name) VALUES ('agent', 'probe');
    INSERT INTO agents (user_id, prompt, tools, rule, rule_args)
        SELECT id, 'You write down facts.', '{extract_facts}', 'producer', '{"min_facts": 0}'
        FROM users WHERE name = 'probe';
    INSERT INTO threads (id) SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid
        FROM generate_series(0, %(threads)s - 1) AS n;
    INSERT INTO memberships (thread_id, user_id, role) SELECT id, %(ada)s, 'owner' FROM threads;
    INSERT INTO memberships (thread_id, user_id, role) SELECT t.id, u.id, 'producer'
        FROM threads t, users u WHERE u.name = 'probe';
    UPDATE memberships SET due_since = NULL;
    ANALYZE threads, memberships, users, agents;
"""


def set_up(url: str, threads: int) -> None:
    prepare(url)
    with psycopg.ClientCursor(psycopg.connect(url, autocommit=True)) as cursor:
        cursor.execute(_SET_UP, {"ada": ADA, "threads": threads})


def post(connection: psycopg.Connection, thread: int, number: int) -> None:
    connection.execute(
        "INSERT INTO events (thread_id, user_id, type, data)"
        " VALUES (%s, %s, 'text', jsonb_build_object('text', %s::text))",
        [THREAD.format(thread), ADA, f"event {number}"],
    )


def count_left(connection: psycopg.Connection) -> int:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM memberships WHERE due_since IS NOT NULL)"
        " + (SELECT count(*) FROM runs WHERE status = 'running')"
    ).fetchone()
    assert row is not None
    return int(row[0])


if __name__ == "__main__":
    # Exactly the worker that people run, with settings from the command line.
    os.environ |= {
        "DATABASE_URL": sys.argv[1],
        "BURN_CONCURRENCY": sys.argv[2],
        "BURN_MODEL_FACTORY": "benchmarks.models:NotingModel",
    }
    agents_worker.main()
