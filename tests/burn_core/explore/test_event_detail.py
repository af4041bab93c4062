"""One event, and what hangs on it."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from burn_core.explore.event_detail import find_making_run, list_linked_facts
from burn_core.explore.events import find_event
from tests.making import Hand


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    return hand.make_thread(ada, agents=["sarah"])


def learn(hand: Hand, thread_id: UUID, subject: UUID, source: UUID | None, by: UUID | None) -> None:
    hand.type(
        "INSERT INTO facts (thread_id, subject_id, source_event_id, tool_use_event_id, predicate,"
        " object) VALUES (%s, %s, %s, %s, 'likes', 'chess')",
        thread_id,
        subject,
        source,
        by,
    )


def test_an_agents_event_comes_with_its_run_and_what_it_wrote_down(
    session: Session, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    said = hand.say(thread_id, ada, "I like chess")
    used = hand.use_tool(thread_id, "sarah", "extract_facts", facts=[])
    run_id = hand.begin_run(thread_id, "sarah", "done")
    hand.type(
        "UPDATE runs SET tool_use_event_id = %s, model = 'understudy', prompt_sha256 = 'abc',"
        " input_tokens = 12 WHERE id = %s",
        used,
        run_id,
    )
    learn(hand, thread_id, ada, said, used)
    learn(hand, thread_id, ada, None, used)
    learn(hand, thread_id, ada, None, None)
    run = find_making_run(session, ada, used)
    assert run is not None
    assert (run.id, run.agent, run.agent_version, run.reason) == (
        run_id,
        "sarah",
        1,
        "somebody spoke",
    )
    assert (run.model, run.prompt_sha256, run.input_tokens) == ("understudy", "abc", 12)
    assert [
        (fact.source_event_id, fact.tool_use_event_id)
        for fact in list_linked_facts(session, ada, used)
    ] == [(said, used), (None, used)]
    (fact,) = list_linked_facts(session, ada, said)
    assert (fact.subject, fact.predicate, fact.object) == ("ada", "likes", "chess")
    assert fact.source_event_id == said
    assert find_making_run(session, ada, said) is None


def test_others_get_nothing_of_it(session: Session, hand: Hand, ada: UUID, thread_id: UUID) -> None:
    used = hand.use_tool(thread_id, "sarah", "extract_facts", facts=[])
    run_id = hand.begin_run(thread_id, "sarah", "done")
    hand.type("UPDATE runs SET tool_use_event_id = %s WHERE id = %s", used, run_id)
    learn(hand, thread_id, ada, None, used)
    eve = hand.make_user("eve")
    hand.make_thread(eve, agents=["sarah"])
    for user_id, is_in in ((ada, True), (eve, False)):
        assert (find_event(session, user_id, used) is not None) is is_in
        assert (find_making_run(session, user_id, used) is not None) is is_in
        assert bool(list_linked_facts(session, user_id, used)) is is_in
    assert find_event(session, ada, uuid4()) is None
