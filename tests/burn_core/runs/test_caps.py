"""Caps on model calls and tokens: counted from rows, checked where runs are claimed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Engine

from burn_core.runs.caps import Cap, describe_cap, list_caps
from burn_core.runs.claim import Claims, claim
from burn_core.runs.lease import hand_back, reclaim
from burn_core.runs.run import Run
from burn_core.runs.spending import release
from burn_core.runs.worker import Worker
from burn_core.runs.writer import Writer
from burn_core.settings import Settings
from db.connection import begin
from tests.making import Hand, join, wait_for
from tests.scripted import ScriptedModel, make_reply, running_here

TWO_CALLS = Cap("thread", "calls", "hour", 2)
WAITING = """
    SELECT waits_for, wakes_at = date_trunc('hour', now(), 'UTC') + interval '1 h',
        due_since IS NOT NULL
    FROM memberships WHERE role = 'producer' AND waits_for IS NOT NULL
"""
SPENT = (
    "SELECT whose, whose_id, sum(calls)::int, sum(tokens)::int FROM spending"
    " GROUP BY whose, whose_id ORDER BY whose"
)
DONE = "SELECT count(*) FROM runs WHERE status = 'done'"


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    return hand.make_thread(ada, agents=["sarah"])


def claim_all(engine: Engine, *caps: Cap, worker: str = "me") -> Claims:
    with begin(engine) as session:
        return claim(session, worker, 100, 60, {}, "claude-test", caps=caps)


def play(engine: Engine, *caps: Cap) -> int:
    """Claim and execute all runs. Returns how many there were."""
    claims = claim_all(engine, *caps)
    model = ScriptedModel()
    model.enqueue(*[make_reply()] * 100)
    for each in claims.runs:
        Run(Writer(engine), "me", model, "claude-test", each, lambda _: False).execute()
    return len(claims.runs)


def talk(hand: Hand, engine: Engine, thread_id: UUID, person: UUID, *caps: Cap) -> int:
    hand.say(thread_id, person, "hi")
    return play(engine, *caps)


def test_at_the_cap_nothing_is_claimed_and_the_row_says_why_and_until_when(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    assert [talk(hand, engine, thread_id, ada, TWO_CALLS) for _ in range(4)] == [1, 1, 0, 0]
    assert hand.type(WAITING) == [("BURN_THREAD_CALLS_PER_HOUR=2", True, True)]
    assert hand.value("SELECT count(*) FROM runs WHERE status <> 'silent'") == 2
    assert claim_all(engine, TWO_CALLS).due == 0
    hand.type("UPDATE spending SET hour = hour - interval '1 h'")
    hand.type("UPDATE memberships SET wakes_at = now() WHERE wakes_at IS NOT NULL")
    assert play(engine, TWO_CALLS) == 1
    assert hand.type(WAITING) == []
    assert hand.type("SELECT from_seq FROM runs WHERE status = 'done' ORDER BY to_seq") == [
        (1,),
        (2,),
        (4,),
    ]


def test_other_threads_go_on(engine: Engine, hand: Hand, ada: UUID, thread_id: UUID) -> None:
    assert [talk(hand, engine, thread_id, ada, TWO_CALLS) for _ in range(3)] == [1, 1, 0]
    other = hand.make_thread(ada, agents=["sarah"])
    assert talk(hand, engine, other, ada, TWO_CALLS) == 1


def test_a_run_is_charged_to_whoever_wrote_the_newest_text(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    cap = Cap("person", "calls", "hour", 1)
    bob = hand.make_user("bob")
    hand.join(thread_id, bob)
    hand.say(thread_id, bob, "hi")
    assert talk(hand, engine, thread_id, ada, cap) == 1
    assert hand.value("SELECT charged_to FROM runs") == ada
    assert hand.type(SPENT) == [("person", ada, 1, 15), ("thread", thread_id, 1, 15)]
    other = hand.make_thread(ada, agents=["sarah"])
    assert talk(hand, engine, other, ada, cap) == 0
    assert hand.type(WAITING) == [("BURN_PERSON_CALLS_PER_HOUR=1", True, True)]
    assert talk(hand, engine, thread_id, bob, cap) == 1


def test_while_nobody_has_written_a_run_is_charged_to_whoever_joined_last(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    bob = hand.make_user("bob")
    with begin(engine) as session:
        join(session, thread_id, bob)
    hand.type("UPDATE memberships SET wakes_at = NULL")
    assert play(engine) == 1
    assert hand.type(SPENT)[0][:3] == ("person", bob, 1)


def test_a_run_whose_worker_dies_again_and_again_meets_its_cap(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    hand.say(thread_id, ada, "hi")
    for _ in range(2):
        assert len(claim_all(engine, TWO_CALLS, worker="dead").runs) == 1
        with begin(engine) as session:
            reclaim(session)
    assert hand.type(SPENT) == [("person", ada, 2, 0), ("thread", thread_id, 2, 0)]
    assert claim_all(engine, TWO_CALLS).runs == []


def test_a_call_that_is_handed_back_counts_beside_those_before_it(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    hand.say(thread_id, ada, "hi")
    claim_all(engine, worker="stopping")
    hand.type("UPDATE runs SET attempts = 1, error = 'busy'")
    with begin(engine) as session:
        hand_back(session, "stopping")
    assert hand.type(SPENT) == [("person", ada, 2, 0), ("thread", thread_id, 2, 0)]


@pytest.mark.parametrize("scope", ["thread", "person", "instance"])
@pytest.mark.parametrize("period", ["hour", "day"])
def test_tokens_are_capped_too(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID, scope: str, period: str
) -> None:
    cap = Cap(scope, "tokens", period, 16)  # type: ignore[arg-type]
    assert [talk(hand, engine, thread_id, ada, cap) for _ in range(3)] == [1, 1, 0]


def test_a_cap_of_a_day_counts_its_earlier_hours(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    cap = Cap("instance", "calls", "day", 3)
    midnight = "date_trunc('day', now(), 'UTC')"
    for hour in (f"{midnight}", f"{midnight} - interval '1 h'"):
        hand.type(
            "INSERT INTO spending (whose, whose_id, hour, calls, tokens)"
            f" VALUES ('thread', gen_random_uuid(), {hour}, 2, 0)"
        )
    assert [talk(hand, engine, thread_id, ada, cap) for _ in range(2)] == [1, 0]
    until = f"SELECT wakes_at = {midnight} + interval '24 h' FROM memberships WHERE wakes_at IS NOT NULL"
    assert hand.value(until)


def test_people_read_in_words_which_cap_an_agent_waits_for() -> None:
    words = "This thread has reached its hourly limit of model calls (2,000)."
    assert describe_cap(Cap("thread", "calls", "hour", 2_000).key) == words
    for no_cap in (
        "lunch",
        "lunch=1",
        "BURN_THREAD_CALLS_PER_HOUR=",
        "BURN_THREAD_CALLS_PER_HOUR=02",
    ):
        assert describe_cap(no_cap) == no_cap


def test_a_batch_stays_within_the_cap(engine: Engine, hand: Hand, ada: UUID) -> None:
    for _ in range(9):
        hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
    assert len(claim_all(engine, Cap("instance", "calls", "hour", 4)).runs) == 4


def test_what_is_under_way_counts(engine: Engine, hand: Hand, ada: UUID) -> None:
    cap = Cap("instance", "calls", "hour", 4)
    for _ in range(9):
        hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(claim_all, engine, cap, worker="another").result(10)
    assert hand.value("SELECT count(*) FROM runs WHERE status = 'running'") == 4


def test_what_a_deleted_thread_took_still_counts(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    cap = Cap("person", "calls", "hour", 1)
    assert talk(hand, engine, thread_id, ada, cap) == 1
    hand.type("DELETE FROM threads")
    assert talk(hand, engine, hand.make_thread(ada, agents=["sarah"]), ada, cap) == 0


def test_capped_agents_hold_up_no_others(engine: Engine, hand: Hand, ada: UUID) -> None:
    cap = Cap("thread", "calls", "hour", 1)
    threads = [hand.make_thread(ada, agents=["sarah"]) for _ in range(3)]
    for thread_id in threads:
        talk(hand, engine, thread_id, ada, cap)
    for thread_id in threads:
        hand.say(thread_id, ada, "more")
    hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
    with begin(engine) as session:
        claim(session, "me", 3, 60, {}, "claude-test", caps=[cap])
    with begin(engine) as session:
        assert len(claim(session, "me", 3, 60, {}, "claude-test", caps=[cap]).runs) == 1


def test_silence_is_free(engine: Engine, hand: Hand, ada: UUID) -> None:
    hand.say(hand.make_thread(ada, agents=["jerry"]), ada, "hi")
    assert play(engine, Cap("instance", "calls", "hour", 1)) == 0
    assert hand.value("SELECT status FROM runs") == "silent"
    assert hand.type(SPENT) == []


def test_the_defaults_are_above_what_300_people_use_and_0_is_no_cap() -> None:
    caps = list_caps(Settings(_env_file=None))
    assert len(caps) == 12
    calls = {(cap.scope, cap.period): cap.most for cap in caps if cap.what == "calls"}
    assert calls["thread", "hour"] >= 300 * 60
    nothing = {f"burn_{cap.scope}_{cap.what}_per_{cap.period}": 0 for cap in caps}
    assert list_caps(Settings(**nothing, _env_file=None)) == []  # type: ignore[arg-type]


@contextmanager
def working(url: str, model: ScriptedModel, **caps: int) -> Iterator[None]:
    settings = Settings(_env_file=None, **caps)  # type: ignore[arg-type]
    with running_here(Worker(settings, url, model)):
        yield


@pytest.mark.parametrize("most", [2, 0])
def test_agents_go_on_at_once_when_a_cap_is_raised_or_lifted(
    url: str, hand: Hand, ada: UUID, thread_id: UUID, most: int
) -> None:
    model = ScriptedModel()
    model.enqueue(*[make_reply()] * 100)
    with working(url, model, burn_thread_calls_per_hour=1):
        for _ in range(2):
            hand.say(thread_id, ada, "hi")
            wait_for(lambda: hand.value(DONE) == 1)
        wait_for(lambda: hand.type(WAITING))
    with working(url, model, burn_thread_calls_per_hour=most):
        wait_for(lambda: hand.value(DONE) == 2)
    assert hand.type(WAITING) == []


def test_agents_wait_on_when_another_cap_is_raised(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    cap = Cap("thread", "calls", "hour", 1)
    talk(hand, engine, thread_id, ada, cap)
    talk(hand, engine, thread_id, ada, cap)
    with begin(engine) as session:
        release(session, [cap, Cap("person", "calls", "day", 5)])
    assert hand.type(WAITING)


def test_workers_share_one_cap(url: str, hand: Hand, ada: UUID, thread_id: UUID) -> None:
    model = ScriptedModel()
    model.enqueue(*[make_reply()] * 100)
    with (
        working(url, model, burn_thread_calls_per_hour=3),
        working(url, model, burn_thread_calls_per_hour=3),
    ):
        for number in range(1, 4):
            hand.say(thread_id, ada, "hi")
            wait_for(lambda number=number: hand.value(DONE) == number)  # type: ignore[misc]
        hand.say(thread_id, ada, "hi")
        wait_for(lambda: hand.type(WAITING))
    assert len(model.history) == 3
