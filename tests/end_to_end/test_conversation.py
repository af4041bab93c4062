"""A conversation held in SQL alone, with a worker and the understudy."""

import signal
import time
from uuid import UUID

from tests.end_to_end.processes import kill, running_worker, start_worker
from tests.making import Hand, wait_for

SENTENCES = (
    "I like chess and cooking",
    "I live in Berlin and work as a nurse",
    "My dog is called Rex",
    "I hate mornings",
    "I used to play the violin",
    "I'm 34 and I have two kids",
    "I collect vintage radios",
)
AGENTS = ("sarah", "jerry", "frankie")


def has_roast(hand: Hand, thread_id: UUID, name: str) -> bool:
    return (name, "roast_user") in hand.list_tool_uses(thread_id)


def check_all_is_explained(hand: Hand, thread_id: UUID) -> None:
    """For each agent, each event is in exactly one finished run."""
    wrong = hand.type(
        "SELECT m.user_id, e.seq, count(r.id) FROM memberships m"
        " JOIN events e ON e.thread_id = m.thread_id"
        " LEFT JOIN runs r ON r.thread_id = m.thread_id AND r.user_id = m.user_id"
        "  AND e.seq BETWEEN r.from_seq AND r.to_seq AND r.status IN ('done', 'silent', 'failed')"
        " WHERE m.thread_id = %s AND m.role IN ('producer', 'comedian')"
        " GROUP BY 1, 2 HAVING count(r.id) <> 1",
        thread_id,
    )
    assert wrong == []


def is_at_rest(hand: Hand) -> bool:
    due = hand.value("SELECT count(*) FROM memberships WHERE due_since IS NOT NULL")
    running = hand.value("SELECT count(*) FROM runs WHERE status = 'running'")
    return bool(due + running == 0)


def test_a_thread_typed_in_sql_is_questioned_and_roasted(url: str, hand: Hand) -> None:
    with running_worker(url) as worker:
        ada = hand.make_user("ada")
        thread_id = hand.make_thread(ada, agents=AGENTS)
        hand.act(thread_id, ada, "created")
        wait_for(
            lambda: ("sarah", "ask_user_about_themselves") in hand.list_tool_uses(thread_id), 3
        )
        for sentence in SENTENCES:
            hand.say(thread_id, ada, sentence)
            wait_for(lambda: is_at_rest(hand))
        wait_for(lambda: has_roast(hand, thread_id, "jerry"), 5)
        wait_for(lambda: has_roast(hand, thread_id, "frankie"), 5)
        wait_for(lambda: is_at_rest(hand))
        check_all_is_explained(hand, thread_id)
        facts = hand.type("SELECT predicate, object FROM facts ORDER BY inserted_at")
        assert len(facts) >= len(SENTENCES)
        assert len(facts) == len(set(facts))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0


def test_workers_that_are_killed_again_and_again_lose_and_double_nothing(
    url: str, hand: Hand
) -> None:
    people = [hand.make_user(f"person{number}") for number in range(5)]
    workers = [start_worker(url) for _ in range(3)]
    try:
        threads = [hand.make_thread(person, agents=AGENTS) for person in people]
        for number, sentence in enumerate(SENTENCES):
            for thread_id, person in zip(threads, people, strict=True):
                hand.say(thread_id, person, sentence)
            victim = workers[number % len(workers)]
            kill(victim)
            workers[number % len(workers)] = start_worker(url)
        for thread_id in threads:
            wait_for(lambda thread_id=thread_id: has_roast(hand, thread_id, "jerry"), 20)  # type: ignore[misc]
        wait_for(lambda: is_at_rest(hand), 20)
    finally:
        for worker in workers:
            kill(worker)
    for thread_id in threads:
        check_all_is_explained(hand, thread_id)
        assert hand.value("SELECT max(seq) = count(*) FROM events WHERE thread_id = %s", thread_id)
    doubled = hand.type(
        "SELECT thread_id, source_event_id, predicate, object FROM facts"
        " GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"
    )
    assert doubled == []


def test_a_run_whose_worker_is_killed_while_the_model_thinks_is_taken_over_soon(
    url: str, hand: Hand
) -> None:
    ada = hand.make_user("ada")
    slow = start_worker(url, BURN_MODEL_FACTORY="tests.end_to_end.models:SlowModel")
    hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "I like chess")
    wait_for(lambda: hand.type("SELECT 1 FROM runs WHERE status = 'running'"))
    with running_worker(url):
        kill(slow)
        killed_at = time.monotonic()
        wait_for(lambda: hand.type("SELECT 1 FROM runs WHERE status = 'done'"), 3)
        assert time.monotonic() - killed_at < 3
    statuses = hand.type("SELECT status FROM runs ORDER BY started_at")
    assert statuses[:2] == [("expired",), ("done",)]


def test_a_worker_told_to_stop_while_the_model_thinks_exits_within_10_s(
    url: str, hand: Hand
) -> None:
    ada = hand.make_user("ada")
    with running_worker(url, BURN_MODEL_FACTORY="tests.end_to_end.models:SlowModel") as worker:
        hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "I like chess")
        wait_for(lambda: hand.type("SELECT 1 FROM runs WHERE status = 'running'"))
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    assert hand.type("SELECT status FROM runs") == [("expired",)]
    assert hand.value("SELECT due_since IS NOT NULL FROM memberships WHERE role = 'producer'")
