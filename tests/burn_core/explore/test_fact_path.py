"""The path of a fact: where it came from, and what became of it."""

import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from burn_core.explore.fact_path import find_path, list_roasts, select_path, select_roasts
from burn_core.explore.sql_text import write_sql
from tests.burn_core.explore.conftest import World
from tests.making import Hand


def use_tool(hand: Hand, thread_id: UUID, agent: str, name: str, input: object) -> UUID:
    used: UUID = hand.value(
        "INSERT INTO events (thread_id, user_id, type, data)"
        " SELECT %s, id, 'tool_use', jsonb_build_object('id', 't', 'name', %s::text, 'input',"
        " %s::jsonb) FROM users WHERE name = %s RETURNING id",
        thread_id,
        name,
        json.dumps(input),
        agent,
    )
    return used


def learn(
    hand: Hand, thread_id: UUID, subject_id: UUID, source: UUID | None, recorded: UUID | None
) -> UUID:
    learned: UUID = hand.value(
        "INSERT INTO facts (thread_id, subject_id, source_event_id, tool_use_event_id, predicate,"
        " object) VALUES (%s, %s, %s, %s, 'likes', 'chess') RETURNING id",
        thread_id,
        subject_id,
        source,
        recorded,
    )
    return learned


@pytest.fixture
def thread_id(hand: Hand, world: World) -> UUID:
    return hand.make_thread(world.ada, agents=["sarah", "jerry"])


def test_a_path_leads_from_the_message_over_the_run_to_the_roasts(
    session: Session, hand: Hand, world: World, thread_id: UUID
) -> None:
    source = hand.say(thread_id, world.ada, "I like chess")
    recorded = use_tool(hand, thread_id, "sarah", "extract_facts", {"facts": []})
    run_id = hand.begin_run(thread_id, "sarah", "done")
    hand.type(
        "UPDATE runs SET tool_use_event_id = %s, model = 'm', prompt_sha256 = 'abc',"
        " input_tokens = 7 WHERE id = %s",
        recorded,
        run_id,
    )
    fact_id = learn(hand, thread_id, world.ada, source, recorded)
    other = str(uuid4())
    roasts = [
        use_tool(hand, thread_id, "jerry", "roast_user", {"roast": roast, "facts": facts})
        for roast, facts in [
            ("uses it", [other, str(fact_id)]),
            ("uses another", [other]),
            ("uses none", []),
            ("makes no sense", str(fact_id)),
            ("uses it alone", [str(fact_id)]),
        ]
    ]
    use_tool(hand, thread_id, "jerry", "juggle", {"facts": [str(fact_id)]})
    path = find_path(session, select_path(world.ada, fact_id))
    assert path is not None
    assert path.message is not None
    assert path.tool_use is not None
    assert path.run is not None
    assert (path.fact.subject, path.fact.predicate, path.fact.object) == ("ada", "likes", "chess")
    assert (path.message.id, path.message.author) == (source, "ada")
    assert path.message.data == {"text": "I like chess"}
    assert (path.tool_use.id, path.tool_use.author) == (recorded, "sarah")
    assert (path.run.id, path.run.prompt_sha256, path.run.input_tokens) == (run_id, "abc", 7)
    assert (path.run.to_seq, path.run.agent_version) == (1, 1)
    assert path.prompt == hand.value(
        "SELECT prompt FROM agents a JOIN users u ON u.id = a.user_id WHERE u.name = 'sarah'"
    )
    statement = select_roasts(world.ada, path.fact)
    assert [roast.id for roast in list_roasts(session, statement)] == [roasts[0], roasts[4]]
    typed = hand.connection.execute(write_sql(statement).encode()).fetchall()
    assert [row[0] for row in typed] == [roasts[0], roasts[4]]
    row = hand.connection.execute(write_sql(select_path(world.ada, fact_id)).encode()).fetchone()
    assert row is not None
    assert row[0] == fact_id


def test_a_fact_that_was_typed_by_hand_came_from_nothing(
    session: Session, hand: Hand, world: World, thread_id: UUID
) -> None:
    path = find_path(session, select_path(world.ada, learn(hand, thread_id, world.ada, None, None)))
    assert path is not None
    assert (path.message, path.tool_use, path.run, path.prompt) == (None, None, None, None)
    assert list_roasts(session, select_roasts(world.ada, path.fact)) == []


def test_the_path_of_a_fact_in_anothers_thread_is_not_found(
    session: Session, hand: Hand, world: World
) -> None:
    fact_id = learn(hand, world.bobs, world.ada, None, None)
    assert find_path(session, select_path(world.ada, fact_id)) is None
    path = find_path(session, select_path(world.bob, fact_id))
    assert path is not None
    assert list_roasts(session, select_roasts(world.ada, path.fact)) == []


def test_a_path_shows_nothing_of_another_thread(
    session: Session, hand: Hand, world: World, thread_id: UUID
) -> None:
    """A fact can be typed by hand, and name an event of any thread."""
    secret = hand.say(world.bobs, world.bob, "a secret")
    path = find_path(
        session, select_path(world.ada, learn(hand, thread_id, world.ada, secret, secret))
    )
    assert path is not None
    assert (path.message, path.tool_use) == (None, None)
