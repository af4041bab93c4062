"""Claiming on a real Postgres: who gets which run, with nothing lost or doubled."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine

from burn_core.runs.claim import Claims, claim
from burn_core.runs.lease import hand_back, reclaim
from burn_core.snapshot import load_snapshot
from db.connection import begin, open_connection, open_engine
from db.roles import Part, find_address
from tests.making import Hand

RUNS = "SELECT status, from_seq, to_seq FROM runs ORDER BY started_at, from_seq"


@pytest.fixture
def thread_id(hand: Hand) -> UUID:
    """Ada's thread with Sarah in it, and one message."""
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.say(thread_id, ada, "hi")
    return thread_id


def claim_all(engine: Engine, worker: str = "me", limit: int = 100) -> Claims:
    with begin(engine) as session:
        return claim(session, worker, limit, 60, {}, "claude-test")


def say(hand: Hand, thread_id: UUID, text: str = "hi") -> None:
    hand.say(thread_id, hand.value("SELECT id FROM users WHERE name = 'ada'"), text)


def test_a_due_agent_gets_a_run_over_everything_new(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    say(hand, thread_id)
    claims = claim_all(engine)
    (run,) = claims.runs
    assert (run.snapshot.thread_id, run.snapshot.seq, claims.due) == (thread_id, 2, 1)
    assert hand.type(RUNS) == [("running", 1, 2)]
    assert hand.type("SELECT worker, model, reason FROM runs") == [
        ("me", "claude-test", "a person spoke last")
    ]
    assert hand.type(
        "SELECT last_seen_seq, due_since FROM memberships WHERE role = 'producer'"
    ) == [(2, None)]


def test_nothing_is_due_twice(engine: Engine, thread_id: UUID) -> None:
    assert claim_all(engine).due == 1
    assert claim_all(engine).due == 0


def test_an_agent_that_is_running_is_left_alone_until_it_ends(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    claim_all(engine)
    say(hand, thread_id)
    assert claim_all(engine).due == 0
    hand.type("UPDATE runs SET status = 'done'")
    assert claim_all(engine).due == 1
    assert hand.type(RUNS) == [("done", 1, 1), ("running", 2, 2)]


def test_staying_silent_is_a_run_with_a_reason_and_numbers(engine: Engine, hand: Hand) -> None:
    ada = hand.make_user("ada")
    hand.say(hand.make_thread(ada, agents=["jerry"]), ada, "hi")
    assert claim_all(engine).runs == []
    assert hand.type("SELECT status, reason, reason_data, finished_at IS NOT NULL FROM runs") == [
        ("silent", "nobody is known well enough", {"most_facts": 0, "min_facts": 3}, True)
    ]


def test_an_agent_that_joined_an_empty_thread_has_nothing_to_do(engine: Engine, hand: Hand) -> None:
    hand.make_thread(hand.make_user("ada"), agents=["sarah"])
    assert claim_all(engine).due == 1
    assert hand.type(RUNS) == []
    assert claim_all(engine).due == 0


def test_a_closed_thread_rests_until_it_is_opened_again(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    hand.type("UPDATE threads SET status = 'completed'")
    assert claim_all(engine).due == 0
    hand.type("UPDATE threads SET status = 'started'")
    assert claim_all(engine).due == 1


def test_the_agent_that_has_waited_longest_comes_first(engine: Engine, hand: Hand) -> None:
    ada = hand.make_user("ada")
    threads = [hand.make_thread(ada, agents=["sarah"]) for _ in range(3)]
    for thread_id in threads:
        hand.type("UPDATE memberships SET due_since = NULL WHERE thread_id = %s", thread_id)
    for thread_id in reversed(threads):
        hand.say(thread_id, ada, "hi")
    claimed = [claim_all(engine, limit=1).runs[0].snapshot.thread_id for _ in threads]
    assert claimed == threads[::-1]


def test_a_burst_of_joins_is_one_welcome(engine: Engine, hand: Hand, thread_id: UUID) -> None:
    claim_all(engine)
    hand.type("UPDATE runs SET status = 'done'")
    for number in range(60):
        arrive(hand, thread_id, f"guest{number}")
        assert claim_all(engine).due == 0
    hand.type("UPDATE memberships SET wakes_at = now() WHERE wakes_at IS NOT NULL")
    assert len(claim_all(engine).runs) == 1
    assert hand.type(RUNS) == [("done", 1, 1), ("running", 2, 61)]


def test_a_welcome_waits_no_longer_than_ten_seconds(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    claim_all(engine)
    hand.type("UPDATE runs SET status = 'done'")
    arrive(hand, thread_id, "bob")
    hand.type("UPDATE memberships SET due_since = due_since - interval '11 s'")
    arrive(hand, thread_id, "zoe")
    assert len(claim_all(engine).runs) == 1


def test_whatever_is_said_ends_the_wait_after_a_join(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    claim_all(engine)
    hand.type("UPDATE runs SET status = 'done'")
    arrive(hand, thread_id, "bob")
    hand.act(thread_id, hand.value("SELECT id FROM users WHERE name = 'bob'"), "renamed")
    assert claim_all(engine).due == 0
    say(hand, thread_id, "welcome, bob")
    assert len(claim_all(engine).runs) == 1


def test_a_join_keeps_nobody_waiting_who_has_something_to_read(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    arrive(hand, thread_id, "bob")
    assert len(claim_all(engine).runs) == 1


def arrive(hand: Hand, thread_id: UUID, name: str) -> None:
    person = hand.make_user(name)
    hand.join(thread_id, person)
    hand.act(thread_id, person, "joined")


def test_an_agent_whose_rule_is_unknown_fails_and_says_why(engine: Engine, hand: Hand) -> None:
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule)"
        " SELECT user_id, 2, 'x', '{roast_user}', 'heckler' FROM agents WHERE rule = 'opener'"
    )
    ada = hand.make_user("ada")
    hand.say(hand.make_thread(ada, agents=["jerry"]), ada, "hi")
    assert claim_all(engine).runs == []
    ((status, error),) = hand.type("SELECT status, error FROM runs")
    assert status == "failed"
    assert "no rule 'heckler'" in error


@pytest.mark.parametrize(
    "rule_args",
    [
        '{"min_facts": 1e5000}',
        '{"min_facts": "' + "9" * 5_000 + '"}',
        '{"min_facts": ' + "[" * 3_000 + "]" * 3_000 + "}",
        '{"' + "x" * 5_000 + '": null}',
    ],
    ids=["a number of 5001 digits", "such a text", "3000 lists in each other", "a long name"],
)
def test_rule_args_that_nobody_can_use_stop_their_agent_and_no_other(
    engine: Engine, hand: Hand, thread_id: UUID, rule_args: str
) -> None:
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule, rule_args)"
        " SELECT user_id, 2, prompt, tools, rule, %s::jsonb FROM agents WHERE rule = 'opener'",
        rule_args,
    )
    jerry = hand.value("SELECT id FROM users WHERE name = 'jerry'")
    hand.join(thread_id, jerry, "comedian")
    assert [run.agent.rule for run in claim_all(engine).runs] == ["producer"]
    assert hand.type("SELECT status, error FROM runs WHERE user_id = %s", jerry) == [
        ("failed", "The rule opener can't judge this thread with its rule_args.")
    ]


def test_a_rule_with_a_long_name_fails_in_one_short_line(engine: Engine, hand: Hand) -> None:
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule)"
        " SELECT user_id, 2, 'x', '{roast_user}', repeat('x', 5000) FROM agents"
        " WHERE rule = 'opener'"
    )
    ada = hand.make_user("ada")
    hand.say(hand.make_thread(ada, agents=["jerry"]), ada, "hi")
    assert claim_all(engine).runs == []
    assert len(hand.value("SELECT error FROM runs")) == 300


def test_the_newest_version_of_an_agent_is_in_force(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule, rule_args, model)"
        " SELECT user_id, 2, 'Be new.', tools, rule, rule_args, 'claude-other' FROM agents"
        " WHERE rule = 'producer'"
    )
    (run,) = claim_all(engine).runs
    assert (run.agent.version, run.agent.prompt) == (2, "Be new.")
    assert hand.value("SELECT model FROM runs") == "claude-other"


def test_many_workers_share_the_work_without_a_double(engine: Engine, hand: Hand) -> None:
    ada = hand.make_user("ada")
    for _ in range(40):
        hand.say(hand.make_thread(ada, agents=["sarah", "jerry", "frankie"]), ada, "hi")
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda n: claim_all(engine, f"w{n}", 10), range(40), timeout=60))
    run_ids = [run.run_id for each in claims for run in each.runs]
    assert len(run_ids) == len(set(run_ids)) == 40
    assert hand.value("SELECT count(*) FROM runs") == 120


def test_a_thread_that_is_locked_in_psql_holds_up_no_other(
    url: str, cookie_key: str, hand: Hand
) -> None:
    ada = hand.make_user("ada")
    locked, free = (hand.make_thread(ada, agents=["sarah"]) for _ in range(2))
    for thread_id in (locked, free):
        hand.say(thread_id, ada, "hi")
    engine = open_engine(find_address(url, cookie_key, Part.WORKER))
    with psycopg.connect(url) as connection:
        connection.execute("SELECT FROM threads WHERE id = %s FOR UPDATE", [locked])
        assert [run.snapshot.thread_id for run in claim_all(engine, "w", 10).runs] == [free]
    assert [run.snapshot.thread_id for run in claim_all(engine, "w", 10).runs] == [locked]
    engine.dispose()


def test_an_event_that_commits_during_a_claim_is_not_lost(
    url: str, engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    ada = hand.value("SELECT id FROM users WHERE name = 'ada'")
    with ThreadPoolExecutor(1) as pool, begin(engine) as session:
        claim(session, "me", 10, 60, {}, "claude-test")
        # This waits for the claim, which has locked Sarah's membership, then makes her due again.
        writing = pool.submit(Hand(url).say, thread_id, ada, "and another thing")
        session.commit()
        writing.result(10)
    assert hand.value("SELECT due_since IS NOT NULL FROM memberships WHERE role = 'producer'")


def test_a_known_snapshot_is_continued(engine: Engine, hand: Hand, thread_id: UUID) -> None:
    with begin(engine) as session:
        known = load_snapshot(session, thread_id)
    say(hand, thread_id, "more")
    with begin(engine) as session:
        claims = claim(session, "me", 10, 60, {thread_id: known}, "claude-test")
    events = claims.snapshots[thread_id].events
    assert [event.data["text"] for event in events] == ["hi", "more"]
    assert events[0] is known.events[0]


@pytest.fixture
def living(url: str) -> Iterator[str]:
    """The name of a worker that holds its lock."""
    with open_connection(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtextextended('living', 0))")
        yield "living"


def test_runs_of_dead_workers_are_reclaimed_and_those_of_living_ones_are_not(
    engine: Engine, hand: Hand, thread_id: UUID, living: str
) -> None:
    claim_all(engine, living)
    ada = hand.value("SELECT id FROM users WHERE name = 'ada'")
    hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
    claim_all(engine, "dead")
    with begin(engine) as session:
        assert reclaim(session) == 1
    assert hand.type("SELECT worker, status FROM runs ORDER BY worker") == [
        ("dead", "expired"),
        ("living", "running"),
    ]


def test_the_next_run_covers_what_a_dead_worker_left(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    claim_all(engine, "dead")
    say(hand, thread_id)
    with begin(engine) as session:
        reclaim(session)
    (run,) = claim_all(engine).runs
    assert len(run.snapshot.events) == 2
    assert hand.type(RUNS) == [("expired", 1, 1), ("running", 1, 2)]


@pytest.mark.parametrize("worker", ["living", "leased:no lock"])
def test_an_expired_lease_is_reclaimed_from_any_worker(
    engine: Engine, hand: Hand, thread_id: UUID, living: str, worker: str
) -> None:
    claim_all(engine, worker)
    with begin(engine) as session:
        assert reclaim(session) == 0
    hand.type("UPDATE runs SET lease_expires_at = now() - interval '1 s'")
    with begin(engine) as session:
        assert reclaim(session) == 1


def test_a_worker_that_stops_hands_its_runs_back(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    claim_all(engine, "stopping")
    with begin(engine) as session:
        assert hand_back(session, "somebody else") == 0
        assert hand_back(session, "stopping") == 1
    assert claim_all(engine).due == 1


def test_a_row_that_no_rule_can_read_stops_its_own_agent_only(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    other_id = hand.make_thread(hand.make_user("bob"), agents=["sarah"])
    hand.use_tool(thread_id, "sarah", "extract_facts", facts=[{"subject": 5}])
    claims = claim_all(engine)
    statuses = "SELECT status FROM runs WHERE thread_id = %s"
    assert hand.type(statuses, thread_id) == [("failed",)]
    assert claims.due >= 1
    hand.say(other_id, hand.value("SELECT id FROM users WHERE name = 'bob'"), "hi")
    claim_all(engine)
    assert hand.type(statuses, other_id) == [("running",)]
