"""The timeline of a thread."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from burn_core.explore import timeline
from burn_core.explore.events import EventFilter
from burn_core.explore.timeline import list_moments, list_runs, select_moments, select_runs
from tests.making import Hand


@pytest.fixture
def filter(hand: Hand, ada: UUID) -> EventFilter:
    """A thread with something of everything, and agents that left it."""
    thread_id = hand.make_thread(ada, agents=["sarah", "jerry"])
    hand.act(thread_id, ada, "created")
    hand.say(thread_id, ada, "I like chess")
    hand.use_tool(thread_id, "sarah", "extract_facts", facts=[])
    for status in ("done", "silent", "failed", "running"):
        hand.begin_run(thread_id, "sarah", status)
    hand.begin_run(thread_id, "jerry", "silent")
    hand.type("DELETE FROM memberships USING users u WHERE u.id = user_id AND u.name = 'jerry'")
    return EventFilter(thread_ids=(thread_id,), types=("text",), words="chess")


def test_the_moments_are_all_that_happened_newest_first(
    session: Session, ada: UUID, filter: EventFilter
) -> None:
    moments = list_moments(session, select_moments(ada, filter))
    assert [(m.seq, m.author, m.is_agent, m.type, m.what) for m in moments] == [
        (3, "sarah", True, "tool_use", "extract_facts"),
        (2, "ada", False, "text", "text"),
        (1, "ada", False, "system", "created"),
    ]


def test_the_runs_are_of_all_agents_even_of_those_who_left(
    session: Session, ada: UUID, filter: EventFilter
) -> None:
    runs = list_runs(session, select_runs(ada, filter))
    assert {(run.agent, run.status) for run in runs} == {
        ("sarah", "done"),
        ("sarah", "silent"),
        ("sarah", "failed"),
        ("sarah", "running"),
        ("jerry", "silent"),
    }
    starts = [run.started_at for run in runs]
    assert starts == sorted(starts, reverse=True)


def test_runs_that_began_at_one_moment_have_one_order(
    session: Session, hand: Hand, ada: UUID, filter: EventFilter
) -> None:
    """Else it would be the plan's, which Postgres chooses by the rows of everybody."""
    hand.type("UPDATE runs SET started_at = now()")
    ids = [run.id for run in list_runs(session, select_runs(ada, filter))]
    assert ids == sorted(ids)
    assert len(ids) == 5


def test_times_narrow_it(session: Session, ada: UUID, filter: EventFilter) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    for narrow in (
        EventFilter(filter.thread_ids, since=later),
        EventFilter(filter.thread_ids, until=later - timedelta(days=1)),
    ):
        assert list_moments(session, select_moments(ada, narrow)) == []
        assert list_runs(session, select_runs(ada, narrow)) == []


def test_of_much_the_newest_is_kept(
    session: Session, ada: UUID, filter: EventFilter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "MOST_EVENTS", 2)
    monkeypatch.setattr(timeline, "MOST_RUNS_OF_EACH", 1)
    assert [m.seq for m in list_moments(session, select_moments(ada, filter))] == [3, 2]
    agents = [run.agent for run in list_runs(session, select_runs(ada, filter))]
    assert sorted(agents) == ["jerry", "sarah"]


def test_others_get_nothing_of_it(session: Session, hand: Hand, filter: EventFilter) -> None:
    eve = hand.make_user("eve")
    hand.make_thread(eve, agents=["sarah"])
    assert list_moments(session, select_moments(eve, filter)) == []
    assert list_runs(session, select_runs(eve, filter)) == []
