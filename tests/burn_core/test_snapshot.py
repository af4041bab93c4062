"""A snapshot is the thread at a seq, the same however it was loaded."""

from uuid import UUID

import pytest
from sqlalchemy import Engine

from burn_core.snapshot import load_facts, load_snapshot, load_snapshots
from db.connection import begin
from tests.making import ADA, Hand, make_snapshot, make_text


@pytest.fixture
def thread_id(hand: Hand) -> UUID:
    """Ada's thread with sarah and jerry and 6 events, which bob has left."""
    ada, bob = hand.make_user("ada"), hand.make_user("bob")
    thread_id = hand.make_thread(ada, bob, agents=["sarah", "jerry"])
    hand.act(thread_id, ada, "created")
    hand.say(thread_id, bob, "hi")
    hand.type("DELETE FROM memberships WHERE user_id = %s", bob)
    for number in range(2):
        source = hand.say(thread_id, ada, f"I like {number}")
        hand.type(
            """
            WITH used AS (
                INSERT INTO events (thread_id, user_id, type, data)
                SELECT %s, id, 'tool_use', '{"id": "t", "name": "extract_facts", "input": {}}'
                FROM users WHERE name = 'sarah' RETURNING id)
            INSERT INTO facts
                (thread_id, subject_id, source_event_id, tool_use_event_id, predicate, object)
            SELECT %s, %s, %s, id, 'likes', %s FROM used""",
            thread_id,
            thread_id,
            ada,
            source,
            str(number),
        )
    return thread_id


def test_it_holds_events_users_roles_rules_and_counts(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    with begin(engine) as session:
        snapshot = load_snapshot(session, thread_id)
    names = {user_id: user.name for user_id, user in snapshot.users.items()}
    assert snapshot.seq == 6
    assert [event.seq for event in snapshot.events] == list(range(1, 7))
    assert set(names.values()) == {"ada", "bob", "sarah", "jerry"}
    assert {names[user_id]: role for user_id, role in snapshot.roles.items()} == {
        "ada": "owner",
        "sarah": "producer",
        "jerry": "comedian",
    }
    assert {names[user_id]: rule for user_id, rule in snapshot.rules.items()} == {
        "sarah": "producer",
        "jerry": "opener",
    }
    assert {names[user_id]: count for user_id, count in snapshot.fact_counts.items()} == {"ada": 2}
    assert [snapshot.is_person_here(user_id) for user_id in names] == [
        name == "ada" for name in names.values()
    ]


@pytest.mark.parametrize(("at", "facts"), [(0, 0), (1, 0), (4, 1), (5, 1), (6, 2), (99, 2)])
def test_it_can_be_loaded_at_any_seq(engine: Engine, thread_id: UUID, at: int, facts: int) -> None:
    with begin(engine) as session:
        snapshot = load_snapshot(session, thread_id, at)
    assert [event.seq for event in snapshot.events] == list(range(1, min(at, 6) + 1))
    assert snapshot.seq == min(at, 6)
    assert sum(snapshot.fact_counts.values()) == facts


@pytest.mark.parametrize("seq", range(7))
def test_the_events_after_a_seq_are_those_with_a_greater_one(
    engine: Engine, thread_id: UUID, seq: int
) -> None:
    with begin(engine) as session:
        snapshot = load_snapshot(session, thread_id)
    assert [event.seq for event in snapshot.events_after(seq)] == list(range(seq + 1, 7))


def test_continuing_a_snapshot_equals_loading_it_again(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    with begin(engine) as session:
        known = load_snapshot(session, thread_id)
    ada = hand.value("SELECT id FROM users WHERE name = 'ada'")
    hand.say(thread_id, ada, "more")
    other = hand.make_thread(ada)
    with begin(engine) as session:
        continued = load_snapshots(session, [thread_id, other], {thread_id: known})
        assert [event.data for event in continued[thread_id].events] == [
            event.data for event in load_snapshot(session, thread_id).events
        ]
        assert continued[thread_id].fact_counts == load_snapshot(session, thread_id).fact_counts
        assert continued[other].events == ()


def test_facts_that_were_not_loaded_are_not_taken_for_missing(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    fact_id, ada = hand.type("SELECT id, subject_id FROM facts LIMIT 1")[0]
    with begin(engine) as session:
        snapshot = load_snapshot(session, thread_id)
        loaded = load_facts(session, snapshot)
    with pytest.raises(RuntimeError, match="not loaded"):
        snapshot.find_subject(fact_id)
    assert loaded.find_subject(fact_id) == ada
    assert loaded.find_subject(ada) is None


def test_events_after_a_seq_are_found_even_where_a_deleted_user_left_a_gap() -> None:
    events = [make_text(seq, ADA, "hi") for seq in (1, 5, 6)]
    snapshot = make_snapshot(events)
    assert [event.seq for event in snapshot.events_after(4)] == [5, 6]
    assert [event.seq for event in snapshot.events_after(5)] == [6]
    assert [event.seq for event in snapshot.events_after(0)] == [1, 5, 6]
