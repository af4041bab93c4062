"""What the loop, streams and exports have of a fact once its person has disputed or forgotten it."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.context import render
from burn_core.explore.export import export_thread
from burn_core.facts import FactRecord, list_facts
from burn_core.room.own_facts import confirm_fact, dispute_fact, forget_fact
from burn_core.runs.claim import Claims, claim
from burn_core.runs.run import Run
from burn_core.runs.writer import Writer
from burn_core.snapshot import load_snapshot
from db.connection import begin
from db.errors import Refused
from db.visitor import Visitor, act_as
from tests.making import Hand
from tests.scripted import ScriptedModel, make_reply

WORDS = "Zwiebelkuchen"


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    thread_id = hand.make_thread(ada, hand.make_user("bob"), agents=["sarah"])
    hand.say(thread_id, ada, f"I bake {WORDS}")
    return thread_id


@pytest.fixture
def as_ada(web_engine: Engine, hand: Hand, ada: UUID) -> Engine:
    """The database as it is for ada, who is signed in."""
    return act_as(web_engine, Visitor(hand.sign_in(ada)))


def take_turn(engine: Engine, claims: Claims, *answers: Any) -> None:
    """See sarah's claimed run through, with a model that gives these answers."""
    model = ScriptedModel()
    model.enqueue(*answers)
    (claimed,) = claims.runs
    Run(Writer(engine), "me", model, "claude-test", claimed, lambda seconds: False).execute()


def claim_now(engine: Engine, known: Claims | None = None) -> Claims:
    with begin(engine) as session:
        return claim(session, "me", 10, 60, known.snapshots if known else {}, "claude-test")


def note(hand: Hand, ada: UUID) -> Any:
    fact = {
        "subject": str(ada),
        "predicate": "bakes",
        "object": WORDS,
        "category": "food",
        "confidence": 0.9,
        "disputed": False,
        "source_event": str(hand.value("SELECT id FROM events WHERE type = 'text' LIMIT 1")),
    }
    return make_reply("extract_facts", facts=[fact])


def get_fact(engine: Engine, thread_id: UUID) -> FactRecord:
    with begin(engine) as session:
        (fact,) = list_facts(session, thread_id)
    return fact


def test_a_worker_that_remembers_the_thread_forgets_it_too(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID, as_ada: Engine
) -> None:
    first = claim_now(engine)
    take_turn(engine, first, note(hand, ada))
    second = claim_now(engine, first)
    take_turn(engine, second, make_reply("do_nothing"))
    assert WORDS in render(second.runs[0].snapshot)
    with begin(as_ada) as session:
        forget_fact(session, get_fact(engine, thread_id).id)
    hand.say(thread_id, ada, "never mind")
    third = claim_now(engine, second)
    context = render(third.runs[0].snapshot)
    assert WORDS not in context
    assert "why: These words are gone because the person whom they were about wished it." in context
    with begin(engine) as session:
        assert context == render(load_snapshot(session, thread_id))
    assert third.runs[0].snapshot.fact_counts == {}


def test_a_run_that_was_under_way_is_refused_and_the_next_doesnt_know(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID, as_ada: Engine
) -> None:
    first = claim_now(engine)
    take_turn(engine, first, note(hand, ada))
    second = claim_now(engine, first)
    with begin(as_ada) as session:
        forget_fact(session, get_fact(engine, thread_id).id)
    question = {"subject": str(ada), "question": f"Do you sell the {WORDS}?"}
    take_turn(engine, second, make_reply("ask_user_about_themselves", **question))
    status, error, forgotten_at = hand.type(
        "SELECT status, error, forgotten_at FROM runs ORDER BY to_seq DESC LIMIT 1"
    )[0]
    assert status == "failed"
    assert error == "Somebody had something about them forgotten while this agent was thinking."
    assert forgotten_at is not None
    assert hand.value("SELECT count(*) FROM events WHERE data::text LIKE %s", f"%{WORDS}%") == 0
    hand.say(thread_id, ada, "never mind")
    hand.type("UPDATE memberships SET wakes_at = NULL")  # it pauses after a failure
    third = claim_now(engine, second)
    assert WORDS not in render(third.runs[0].snapshot)


def test_a_disputed_fact_is_marked_in_the_next_prompt_and_counts_for_nothing(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID, as_ada: Engine
) -> None:
    take_turn(engine, claim_now(engine), note(hand, ada))
    fact = get_fact(engine, thread_id)
    with begin(engine) as session:
        before = load_snapshot(session, thread_id)
    for act, count in ((dispute_fact, {}), (confirm_fact, {ada: 1})):
        with begin(as_ada) as session:
            act(session, ada, fact)
        with begin(engine) as session:
            snapshot = load_snapshot(session, thread_id)
        assert ("The person says that this isn't so." in render(snapshot)) == (count == {})
        assert snapshot.fact_counts == count
    # What was read before can still be made again.
    with begin(engine) as session:
        assert render(load_snapshot(session, thread_id, before.seq)) == render(before)


@pytest.mark.parametrize("who", ["bob", "zoe", None])
def test_others_are_told_in_words_that_they_cant(
    engine: Engine, web_engine: Engine, hand: Hand, ada: UUID, thread_id: UUID, who: str | None
) -> None:
    take_turn(engine, claim_now(engine), note(hand, ada))
    fact = get_fact(engine, thread_id)
    hand.make_user("zoe")
    user_id = hand.value("SELECT id FROM users WHERE name = %s", who or "ada")
    visitor = Visitor(hand.sign_in(user_id)) if who else Visitor()
    acts: list[Callable[[Session], None]] = [
        partial(confirm_fact, user_id=user_id, fact=fact),
        partial(dispute_fact, user_id=user_id, fact=fact),
        partial(forget_fact, fact_id=fact.id),
    ]
    for act in acts:
        with pytest.raises(Refused) as refused, begin(act_as(web_engine, visitor)) as session:
            act(session)
        assert "allowed" in str(refused.value) or "Only" in str(refused.value)


def test_an_export_has_the_tombstone_and_no_words(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID, as_ada: Engine
) -> None:
    take_turn(engine, claim_now(engine), note(hand, ada))
    with begin(as_ada) as session:
        forget_fact(session, get_fact(engine, thread_id).id)
    with begin(engine) as session:
        exported = "\n".join(export_thread(session, thread_id))
    assert WORDS not in exported
    assert "These words are gone because" in exported


def test_a_newer_fact_takes_the_older_ones_place_and_both_are_kept(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    lives = {
        "subject": str(ada),
        "predicate": "lives in",
        "object": "Lisbon",
        "category": "home",
        "confidence": 0.9,
        "disputed": False,
        "source_event": str(hand.value("SELECT id FROM events WHERE type = 'text'")),
    }
    first = claim_now(engine)
    take_turn(engine, first, make_reply("extract_facts", facts=[lives, lives]))
    second = claim_now(engine, first)
    # Of equal ones in a call, only the first is written.
    moved = [lives | {"object": object} for object in ("Porto", "Porto", "Faro")]
    take_turn(engine, second, make_reply("extract_facts", facts=moved))
    rows = hand.type(
        "SELECT f.object, n.object, u.name FROM facts f LEFT JOIN facts n ON n.id = f.superseded_by_id"
        " LEFT JOIN events e ON e.id = n.tool_use_event_id LEFT JOIN users u ON u.id = e.user_id"
        " ORDER BY f.object"
    )
    assert rows == [("Faro", None, None), ("Lisbon", "Porto", "sarah"), ("Porto", "Faro", "sarah")]
    assert get_fact(engine, thread_id).object == "Faro"
    with begin(engine) as session:
        snapshot = load_snapshot(session, thread_id)
        exported = "\n".join(export_thread(session, thread_id))
    assert snapshot.fact_counts == {ada: 1}
    assert render(snapshot).count("superseded: true") == 4  # equal ones were noted twice
    assert "Lisbon" in exported


def test_a_known_fact_takes_another_known_ones_place_and_both_are_kept(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    (bakes,) = note(hand, ada).tool_uses[0].input["facts"]
    first = claim_now(engine)
    never = bakes | {"predicate": "never bakes"}
    take_turn(engine, first, make_reply("extract_facts", facts=[bakes, never]))
    (never_id,) = hand.type("SELECT id FROM facts WHERE predicate = 'never bakes'")[0]
    again = bakes | {"supersedes": [str(never_id)]}
    take_turn(engine, claim_now(engine, first), make_reply("extract_facts", facts=[again]))
    assert hand.type(
        "SELECT f.predicate, n.predicate FROM facts f LEFT JOIN facts n ON n.id = f.superseded_by_id"
        " ORDER BY f.predicate"
    ) == [("bakes", None), ("never bakes", "bakes")]
    assert hand.value("SELECT count(*) FROM events WHERE data ? 'superseded'") == 1


def test_what_another_wrote_meanwhile_in_the_very_same_words_is_not_written_again(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    (bakes,) = note(hand, ada).tool_uses[0].input["facts"]
    # Postgres and Python differ in what İ is in lower case.
    likes = [bakes | {"predicate": "likes", "object": object} for object in ("C#", "C++", "İzmir")]
    claims = claim_now(engine)
    hand.learn(thread_id, ada, "likes", "C#", 0.9)
    hand.learn(thread_id, ada, "likes", "izmir", 0.9)
    take_turn(engine, claims, make_reply("extract_facts", facts=likes))
    facts = hand.type("SELECT object FROM facts ORDER BY inserted_at, object")
    assert [object for (object,) in facts] == ["C#", "izmir", "C++", "İzmir"]


def test_hearsay_counts_for_nothing_until_the_person_concerned_confirms_it(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID, as_ada: Engine
) -> None:
    bob = hand.value("SELECT id FROM users WHERE name = 'bob'")
    said = hand.say(thread_id, bob, "Ada snores")
    snores = {
        "subject": str(ada),
        "predicate": "snores",
        "object": "loudly",
        "category": "home",
        "confidence": 0.5,
        "disputed": False,
        "source_event": str(said),
    }
    first = claim_now(engine)
    take_turn(engine, first, make_reply("extract_facts", facts=[snores]))
    fact = get_fact(engine, thread_id)
    assert fact.hearsay
    second = claim_now(engine, first)
    assert second.runs[0].snapshot.fact_counts == {}
    assert "hearsay: true" in render(second.runs[0].snapshot)
    assert hand.value("SELECT reason FROM runs WHERE status = 'running'") == (
        "somebody said something about somebody else"
    )
    with begin(as_ada) as session:
        confirm_fact(session, ada, fact)
    with begin(engine) as session:
        snapshot = load_snapshot(session, thread_id)
    assert snapshot.fact_counts == {ada: 1}
    assert "hearsay" not in render(snapshot)
