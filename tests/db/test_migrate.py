"""Migrations: from every earlier revision to today's tables, with the rows still there."""

import re
import subprocess
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from psycopg.errors import RestrictViolation

from burn_core.bootstrap import prepare
from db import migrate
from db.connection import open_engine
from db.embedded import find_program
from tests.making import Hand

REVISIONS = sorted((Path(migrate.__file__).parent / "migrations" / "versions").glob("*.py"))
EARLIER = [file.stem[:4] for file in REVISIONS[:-1]]
# Typed without the triggers, as the revisions before had them: these give each column its value.
ROWS = (
    "INSERT INTO instance (cookie_key) VALUES ('the key')",
    "INSERT INTO users (name, inserted_at) VALUES ('ada', now() - interval '1 day'), ('bob', now())",
    "INSERT INTO users (type, name) VALUES ('agent', 'sarah')",
    "INSERT INTO agents (user_id, prompt, tools, rule)"
    " SELECT id, 'Ask.', '{do_nothing}', 'producer' FROM users WHERE type = 'agent'",
    "INSERT INTO sessions (browser_id, user_id)"
    " SELECT gen_random_uuid(), id FROM users WHERE name = 'ada'",
    "INSERT INTO threads (name, last_seq) VALUES ('Friday', 2)",
    "INSERT INTO memberships (thread_id, user_id, role) SELECT t.id, u.id,"
    " CASE u.name WHEN 'ada' THEN 'owner' WHEN 'bob' THEN 'member' ELSE 'producer' END"
    " FROM threads t, users u",
    "INSERT INTO events (thread_id, user_id, type, data, seq)"
    " SELECT t.id, u.id, 'text', '{\"text\": \"I like chess\"}', 1"
    " FROM threads t, users u WHERE u.name = 'ada'",
    "INSERT INTO events (thread_id, user_id, type, data, seq) SELECT t.id, u.id, 'tool_use',"
    ' \'{"id": "t", "name": "extract_facts", "input": {}}\', 2'
    " FROM threads t, users u WHERE u.name = 'sarah'",
    "INSERT INTO facts (thread_id, subject_id, source_event_id, tool_use_event_id, predicate,"
    " object) SELECT said.thread_id, said.user_id, said.id, used.id, 'likes', 'chess'"
    " FROM events said, events used WHERE said.seq = 1 AND used.seq = 2",
    "INSERT INTO runs (thread_id, user_id, agent_id, from_seq, to_seq, status, reason)"
    " SELECT t.id, a.user_id, a.id, 1, 1, 'done', 'somebody spoke' FROM threads t, agents a",
)
TABLES = (
    "instance",
    "users",
    "agents",
    "sessions",
    "threads",
    "memberships",
    "events",
    "facts",
    "runs",
)


def make_database(url: str, revision: str) -> Hand:
    """A database as that revision made it, with a row or more in each of its tables."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    engine = open_engine(url, pool_size=1)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    hand = Hand(url)
    for statement in ROWS:
        hand.type(statement)
    return hand


def list_rows(hand: Hand, table: str) -> dict[str, dict[str, object]]:
    return dict(hand.type(f"SELECT id::text, to_jsonb(t) FROM {table} t"))


def dump_schema(url: str) -> list[str]:
    """What pg_dump writes about the tables, sorted: a column that was added later comes later."""
    dumped = subprocess.run(
        [find_program("pg_dump"), "--schema-only", "--no-owner", "--no-privileges", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    # Each dump has a random key of its own in \\restrict and \\unrestrict, and each database has
    # roles of its own.
    nameless = re.sub(r"(burn_[a-z]+)_[0-9a-f]{12}", r"\1", dumped.stdout)
    lines = (line for line in nameless.splitlines() if "restrict " not in line)
    return sorted(line.rstrip(",") for line in lines)


@pytest.mark.parametrize("revision", EARLIER)
def test_an_earlier_database_keeps_its_rows_and_gets_todays_tables(
    url: str, empty_url: str, revision: str
) -> None:
    hand = make_database(empty_url, revision)
    before = {table: list_rows(hand, table) for table in TABLES}
    prepare(empty_url)
    for table, rows in before.items():
        now = list_rows(hand, table)
        assert rows
        assert now.keys() == rows.keys()
        for id, row in rows.items():
            # Columns that came later aside, and keys that a start makes, each row is as it was.
            known = {name: value for name, value in row.items() if value is not None}
            assert {name: now[id][name] for name in known} == known
    assert dump_schema(empty_url) == dump_schema(url)


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_whoever_signed_up_first_before_there_were_hosts_is_one(
    empty_url: str, revision: str
) -> None:
    hand = make_database(empty_url, revision)
    prepare(empty_url)
    assert hand.type("SELECT name FROM users WHERE is_host") == [("ada",)]


@pytest.mark.parametrize("revision", EARLIER)
def test_todays_rules_hold_in_an_earlier_database(empty_url: str, revision: str) -> None:
    hand = make_database(empty_url, revision)
    prepare(empty_url)
    ada, thread_id = hand.type("SELECT user_id, thread_id FROM memberships WHERE role = 'owner'")[0]
    hand.say(thread_id, ada, "Still here")
    assert hand.value("SELECT max(seq) FROM events") == 3
    assert hand.value("SELECT due_since IS NOT NULL FROM memberships WHERE role = 'producer'")
    with pytest.raises(RestrictViolation, match="append-only") as refused:
        hand.type("DELETE FROM events")
    assert refused.value.diag.constraint_name == "events_append_only"


@pytest.mark.parametrize("revision", REVISIONS, ids=lambda path: path.stem)
def test_a_revision_imports_nothing_that_may_change(revision: Path) -> None:
    imports = re.findall(r"^(?:from|import) (\w+)", revision.read_text(), re.M)
    assert set(imports) <= {"sqlalchemy", "alembic"}
