"""A thread as a file: psql brings it into another database, where it is the same and goes on."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from burn_core.agents.instruct import make_request
from burn_core.agents.roster import Agent
from burn_core.bootstrap import prepare
from burn_core.context import render
from burn_core.errors import NotFound
from burn_core.explore.export import export_thread
from burn_core.room.memberships import list_agents
from burn_core.snapshot import load_snapshot
from db.connection import begin, begin_reading, open_engine
from db.embedded import find_program
from db.migrate import migrate
from tests.end_to_end.processes import running_worker
from tests.making import Hand, wait_for

NASTY = (
    "It's \"quoted\", 100 % of it: :name :'name' ::text \\: $1 $$ ; -- no comment /* nor this */",
    "\\q\n\\! echo gone\n\\.\nquit\nexit\r\n'; DROP TABLE users; --\n\\echo 'x' \\\\ \\' \\n",
    "tabs\tand \u2028 \u00a0 \x7f \x01 \ufeff 🔥👩\u200d👩\u200d👧 ﷽ <b>&amp;</b> {braces} %s %(name)s",
    "\\",
    "'",
    "ends with a backslash \\",
    "1e400 NULL true {} [] \\x41 E'\\n' U&'\\0041'",
)
AGENTS = ("sarah", "jerry", "frankie")
# What must be equal of the thread in both databases. Times to wake and transactions stay behind.
ROWS = {
    "threads": "SELECT to_jsonb(t) - '{changed_in,spectator_key,invitation_key}'::text[] FROM threads t"
    " WHERE id = %s",
    "memberships": "SELECT to_jsonb(t) - '{changed_in,joined_in,due_since,wakes_at,failures,waits_for}'::text[]"
    " FROM memberships t WHERE thread_id = %s ORDER BY id",
    "events": "SELECT to_jsonb(t) - 'changed_in' FROM events t WHERE thread_id = %s ORDER BY seq",
    "facts": "SELECT to_jsonb(t) - 'changed_in' FROM facts t WHERE thread_id = %s ORDER BY id",
    "runs": "SELECT to_jsonb(t) - 'changed_in' FROM runs t WHERE thread_id = %s ORDER BY id",
    "users": "SELECT to_jsonb(u) - '{changed_in,password_hash,is_host}'::text[] FROM users u"
    " WHERE id IN (SELECT user_id FROM memberships WHERE thread_id = %(id)s"
    " UNION SELECT user_id FROM events WHERE thread_id = %(id)s"
    " UNION SELECT subject_id FROM facts WHERE thread_id = %(id)s) ORDER BY id",
    "agents": "SELECT to_jsonb(a) - 'changed_in' FROM agents a WHERE user_id IN"
    " (SELECT user_id FROM runs WHERE thread_id = %s) ORDER BY id",
}
_HAND_RUN = (
    "INSERT INTO runs (thread_id, user_id, agent_id, from_seq, to_seq, status, reason,"
    " reason_data, attempts, error, worker, lease_expires_at, finished_at)"
    ' SELECT %s, a.user_id, a.id, 1, 2, %s, %s, \'{"n": 0.10000000000000000000001, "x": [null]}\','
    " 3, %s, 'host:1:ab', now(), CASE WHEN %s THEN clock_timestamp() END"
    " FROM agents a JOIN users u ON u.id = a.user_id WHERE u.name = 'jerry' LIMIT 1"
)


@pytest.fixture
def other_url(empty_url: str) -> str:
    """Another database, whose agents have the same names as ours, and other ids."""
    prepare(empty_url)
    return empty_url


@pytest.fixture
def played(url: str, hand: Hand) -> UUID:
    """A conversation that agents took part in, with something of everything that can be."""
    ada, bob, eve = (hand.make_user(name) for name in ("ada", "bob", "eve"))
    hand.type("UPDATE users SET password_hash = 'secret', is_host = true WHERE id = %s", ada)
    hand.type("UPDATE users SET avatar_url = 'https://x.org/a''b\\%%' WHERE id = %s", bob)
    thread_id = hand.make_thread(ada, bob, eve, agents=AGENTS)
    hand.type("UPDATE threads SET name = %s, spectator_key = %s", "It's\n\\q --", uuid4())
    hand.act(thread_id, ada, "created")
    with running_worker(url):
        for said in (
            "I like chess and cooking",
            "I live in Berlin",
            "My dog is called Rex",
            *NASTY,
        ):
            hand.say(thread_id, ada, said)
            wait_for(lambda: is_at_rest(hand, thread_id))
        hand.act(thread_id, bob, "tapped_out")
        hand.act(thread_id, eve, "left")
        wait_for(lambda: is_at_rest(hand, thread_id))
    hand.type("DELETE FROM memberships WHERE user_id = %s", eve)
    hand.type(
        "INSERT INTO events (thread_id, user_id, type, data) SELECT %s, id, 'tool_result',"
        ' \'{"tool_use_id": "t", "tool_name": "x", "content": 12345678901234567890.10,'
        " \"is_error\": true}' FROM users WHERE name = 'sarah'",
        thread_id,
    )
    for object in NASTY:
        hand.learn(thread_id, bob, object, object, 0.25)
    hand.type("UPDATE facts SET disputed = true WHERE confidence = 0.25")
    hand.type(_HAND_RUN, thread_id, "failed", NASTY[0], NASTY[1], True)
    hand.type("UPDATE memberships SET due_since = NULL")
    return thread_id


def is_at_rest(hand: Hand, thread_id: UUID) -> bool:
    due = "SELECT count(*) FROM memberships WHERE thread_id = %s AND due_since IS NOT NULL"
    running = "SELECT count(*) FROM runs WHERE thread_id = %s AND status = 'running'"
    return bool(hand.value(due, thread_id) + hand.value(running, thread_id) == 0)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


def write_file(engine: Engine, thread_id: UUID, folder: Path) -> Path:
    path = folder / f"{thread_id}.sql"
    with begin_reading(engine) as session, path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in export_thread(session, thread_id))
    return path


def load(url: str, path: Path) -> "subprocess.CompletedProcess[str]":
    command = [find_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "name=gone"]
    return subprocess.run(
        [*command, "-f", str(path), url], capture_output=True, text=True, timeout=60
    )


def read_rows(hand: Hand, thread_id: UUID) -> dict[str, list[Any]]:
    return {
        table: hand.type(query.replace("%(id)s", "%s"), *[thread_id] * query.count("%"))
        for table, query in ROWS.items()
    }


def read_contexts(engine: Engine, thread_id: UUID) -> list[str]:
    """What models read of the thread, at several of its events."""
    with begin(engine) as session:
        last_seq = load_snapshot(session, thread_id).seq
        return [
            render(load_snapshot(session, thread_id, at))
            for at in (0, 1, 2, last_seq // 2, last_seq - 1, last_seq)
        ]


def read_hashes(engine: Engine, hand: Hand, thread_id: UUID) -> list[tuple[UUID, str, str]]:
    """Of each run that a model was asked in: the hash it kept, and the hash made again."""
    runs = hand.type(
        "SELECT r.id, r.prompt_sha256, r.to_seq, a.id, a.user_id, a.version, a.prompt, a.tools,"
        " a.rule, a.rule_args, a.model FROM runs r JOIN agents a ON a.id = r.agent_id"
        " WHERE r.thread_id = %s AND r.status = 'done' ORDER BY r.id",
        thread_id,
    )
    hashes = []
    with begin(engine) as session:
        for id, sha256, to_seq, *agent in runs:
            snapshot = load_snapshot(session, thread_id, to_seq)
            request = make_request(Agent(*agent), snapshot, "understudy")
            hashes.append((id, sha256, request.sha256))
    return hashes


@pytest.mark.parametrize("is_seeded", [True, False], ids=["seeded", "without agents"])
def test_a_thread_is_the_same_in_another_database_and_goes_on_there(
    engine: Engine,
    hand: Hand,
    played: UUID,
    empty_url: str,
    tmp_path: Path,
    is_seeded: bool,
) -> None:
    path = write_file(engine, played, tmp_path)
    with opened(empty_url) as there:
        migrate(there)
        if is_seeded:
            prepare(empty_url)
        done = load(empty_url, path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        other = Hand(empty_url)
        rows = read_rows(hand, played)
        assert {table: len(found) for table, found in rows.items() if not found} == {}
        assert read_rows(other, played) == rows
        assert read_contexts(there, played) == read_contexts(engine, played)
        hashes = read_hashes(engine, hand, played)
        assert len(hashes) >= 5
        assert all(kept == made for _, kept, made in hashes)
        assert read_hashes(there, other, played) == hashes
        assert is_at_rest(other, played)
        assert other.type("SELECT 1 FROM users WHERE password_hash IS NOT NULL OR is_host") == []
        assert other.value("SELECT spectator_key FROM threads") is None
        key = hand.value("SELECT invitation_key FROM threads WHERE id = %s", played)
        assert str(key) not in path.read_text()
        assert other.value("SELECT invitation_key FROM threads") != key
        ada = other.value("SELECT id FROM users WHERE name = 'ada'")
        last_seq = other.value("SELECT last_seq FROM threads")
        other.say(played, ada, "I have moved")
        assert other.value("SELECT max(seq) FROM events") == last_seq + 1
        due = "SELECT count(*) FROM memberships WHERE due_since IS NOT NULL"
        assert other.value(due) == len(AGENTS)
        with running_worker(empty_url):
            wait_for(lambda: is_at_rest(other, played))
        ((status, from_seq),) = other.type(
            "SELECT r.status, r.from_seq FROM runs r JOIN memberships m USING (thread_id, user_id)"
            " WHERE m.role = 'producer' AND r.to_seq = %s",
            last_seq + 1,
        )
        assert status == "done"
        assert from_seq <= last_seq + 1


def test_a_run_under_way_arrives_expired_and_its_agent_reads_again(
    engine: Engine, hand: Hand, other_url: str, tmp_path: Path
) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=AGENTS)
    for number in range(4):
        hand.say(thread_id, ada, f"I like {number}")
    hand.type("UPDATE memberships SET last_seen_seq = 4")
    hand.type(_HAND_RUN, thread_id, "running", "somebody spoke", "the model was busy", False)
    assert load(other_url, write_file(engine, thread_id, tmp_path)).returncode == 0
    other = Hand(other_url)
    run = "SELECT status, error, finished_at IS NOT NULL FROM runs"
    assert other.type(run) == [("expired", "its thread was exported while it ran", True)]
    seen = (
        "SELECT u.name, m.last_seen_seq FROM memberships m JOIN users u ON u.id = m.user_id"
        " WHERE u.type = 'agent' ORDER BY 1"
    )
    assert other.type(seen) == [("frankie", 4), ("jerry", 0), ("sarah", 4)]
    assert is_at_rest(other, thread_id)
    assert hand.type(run) == [("running", "the model was busy", False)]


def test_threads_of_the_same_people_can_follow_one_another(
    engine: Engine, hand: Hand, other_url: str, tmp_path: Path
) -> None:
    ada = hand.make_user("ada")
    threads = [hand.make_thread(ada, agents=AGENTS) for _ in range(2)]
    for thread_id in threads:
        hand.say(thread_id, ada, "I like chess")
        done = load(other_url, write_file(engine, thread_id, tmp_path))
        assert (done.returncode, done.stderr) == (0, "")
    assert Hand(other_url).value("SELECT count(*) FROM threads") == 2
    again = load(other_url, tmp_path / f"{threads[0]}.sql")
    assert again.returncode != 0
    assert 'duplicate key value violates unique constraint "threads_pkey"' in again.stderr


def test_where_somebody_else_has_a_name_nothing_is_loaded(
    engine: Engine, hand: Hand, other_url: str, tmp_path: Path
) -> None:
    thread_id = hand.make_thread(hand.make_user("ada"), hand.make_user("bob"), agents=AGENTS)
    other = Hand(other_url)
    theirs = other.make_thread(other.make_user("bob"), agents=AGENTS)
    counts = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM agents),"
    counts += " (SELECT count(*) FROM threads), (SELECT count(*) FROM memberships)"
    before = other.type(counts)
    done = load(other_url, write_file(engine, thread_id, tmp_path))
    assert done.returncode != 0
    assert 'duplicate key value violates unique constraint "users_human_name_key"' in done.stderr
    assert other.type(counts) == before
    other.say(theirs, other.value("SELECT id FROM users WHERE name = 'bob'"), "Still here")
    assert other.value("SELECT seq FROM events") == 1


def test_an_imported_agent_is_not_offered_beside_ours_of_the_same_name(
    engine: Engine, hand: Hand, other_url: str, tmp_path: Path
) -> None:
    thread_id = hand.make_thread(hand.make_user("ada"), agents=AGENTS)
    with opened(other_url) as there:
        with begin(there) as session:
            ours = list_agents(session)
        assert load(other_url, write_file(engine, thread_id, tmp_path)).returncode == 0
        with begin(there) as session:
            assert list_agents(session) == ours
        assert Hand(other_url).value("SELECT count(*) FROM agents") == 6


def test_a_thread_that_is_not_there_is_not_exported(engine: Engine) -> None:
    with begin_reading(engine) as session, pytest.raises(NotFound):
        list(export_thread(session, uuid4()))
