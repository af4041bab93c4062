"""The whole worker: rows typed by hand go in, an agent's rows come out."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine

from burn_core.room.memberships import leave_thread, tap_in, tap_out
from burn_core.room.threads import (
    close_thread,
    create_thread,
    rename_thread,
    renew_invitation,
    reopen_thread,
    share_thread,
    unshare_thread,
)
from burn_core.runs.worker import Worker
from burn_core.settings import Settings
from db.connection import begin
from tests.making import Hand, join, wait_for
from tests.scripted import ScriptedModel, make_reply

DONE = "SELECT count(*) FROM runs WHERE status = 'done'"
AT_REST = """
    SELECT NOT EXISTS (SELECT FROM memberships WHERE due_since IS NOT NULL)
        AND NOT EXISTS (SELECT FROM runs WHERE status = 'running')
"""
OPEN_TRANSACTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
)


@pytest.fixture
def model() -> ScriptedModel:
    model = ScriptedModel()
    model.enqueue(*[make_reply()] * 100)
    return model


@contextmanager
def working(url: str, model: ScriptedModel, **changed: float) -> Iterator[Worker]:
    """A worker in a thread of this process. Fails the test if it doesn't stop within 10 s."""
    settings = Settings(_env_file=None).model_copy(update=changed)
    worker = Worker(settings, url, model)
    thread = Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        model.may_answer.set()
        worker.stop()
        thread.join(10)
        assert not thread.is_alive()


def start_talking(hand: Hand, agents: tuple[str, ...] = ("sarah",)) -> UUID:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=agents)
    hand.say(thread_id, ada, "hi")
    return thread_id


def test_rows_typed_by_hand_are_answered(url: str, hand: Hand, model: ScriptedModel) -> None:
    with working(url, model):
        thread_id = start_talking(hand)
        wait_for(lambda: hand.list_tool_uses(thread_id) == [("sarah", "do_nothing")])


def test_an_event_wakes_a_worker_at_once_by_its_notification(
    url: str, hand: Hand, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burn_core.runs.worker._POLL_SECONDS", 3_600)
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.type("UPDATE memberships SET due_since = NULL")
    with working(url, model) as worker:
        wait_for(worker._listener.connected.is_set)
        hand.say(thread_id, ada, "hi")
        wait_for(lambda: hand.value(DONE) == 1)


def test_nothing_but_a_notification_wakes_a_worker_before_its_poll(
    url: str, hand: Hand, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burn_core.runs.worker._POLL_SECONDS", 3_600)
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.type("UPDATE memberships SET due_since = NULL")
    hand.type("ALTER TABLE events DISABLE TRIGGER notify")
    with working(url, model) as worker:
        wait_for(worker._listener.connected.is_set)
        hand.say(thread_id, ada, "hi")
        hand.type("NOTIFY burn, 'events'")
        with pytest.raises(AssertionError):
            wait_for(lambda: model.history, seconds=0.5)
        hand.type(f"NOTIFY burn_changes, 'events:{thread_id}'")
        wait_for(lambda: hand.value(DONE) == 1)


def test_events_from_before_the_worker_started_are_answered(
    url: str, hand: Hand, model: ScriptedModel
) -> None:
    thread_id = start_talking(hand)
    with working(url, model):
        wait_for(lambda: hand.list_tool_uses(thread_id))


def test_what_is_done_to_a_thread_costs_no_model_call(
    url: str, engine: Engine, hand: Hand, model: ScriptedModel
) -> None:
    ada, bob = hand.make_user("ada"), hand.make_user("bob")
    with begin(engine) as session:
        thread_id = create_thread(session, ada).id
    with working(url, model):
        wait_for(lambda: hand.value(DONE) == 1)
        with begin(engine) as session:
            rename_thread(session, thread_id, ada, "Friday")
            share_thread(session, thread_id, ada)
            unshare_thread(session, thread_id, ada)
            renew_invitation(session, thread_id, ada)
            tap_out(session, thread_id, ada)
            tap_in(session, thread_id, ada)
            close_thread(session, thread_id, ada)
        with begin(engine) as session:
            reopen_thread(session, thread_id, ada)
        wait_for(lambda: hand.value(AT_REST))
        for _ in range(3):
            with begin(engine) as session:
                join(session, thread_id, bob)
            wait_for(lambda: hand.value(AT_REST))
            with begin(engine) as session:
                leave_thread(session, thread_id, bob)
            wait_for(lambda: hand.value(AT_REST))
    assert len(model.history) == 2  # a question for ada, and bob's one welcome


def test_an_agent_that_is_removed_stops_and_one_that_is_added_starts(
    url: str, hand: Hand, model: ScriptedModel
) -> None:
    with working(url, model):
        thread_id = start_talking(hand)
        wait_for(lambda: hand.value(DONE) == 1)
        hand.type("DELETE FROM memberships WHERE role = 'producer'")
        ada = hand.value("SELECT id FROM users WHERE name = 'ada'")
        hand.say(thread_id, ada, "still there?")
        hand.join(thread_id, hand.value("SELECT id FROM users WHERE name = 'sarah'"), "producer")
        wait_for(lambda: hand.value(DONE) == 2)
        assert hand.type("SELECT from_seq, to_seq FROM runs WHERE status = 'done'")[-1] == (1, 3)


def test_no_more_model_calls_run_at_once_than_allowed(
    url: str, hand: Hand, model: ScriptedModel
) -> None:
    model.may_answer.clear()
    ada = hand.make_user("ada")
    for _ in range(5):
        hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
    with working(url, model, burn_concurrency=2):
        wait_for(lambda: len(model.history) == 2)
        assert hand.value("SELECT count(*) FROM runs") == 2
        model.may_answer.set()
        wait_for(lambda: hand.value(DONE) == 5)


def test_a_stopped_worker_hands_back_what_it_cannot_finish(
    url: str, hand: Hand, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burn_core.runs.worker._FINISH_SECONDS", 0.2)
    model.may_answer.clear()
    with working(url, model) as worker:
        start_talking(hand)
        wait_for(lambda: model.history)
        worker.stop()
        wait_for(lambda: hand.type("SELECT status FROM runs") == [("expired",)])
    assert hand.value("SELECT due_since IS NOT NULL FROM memberships WHERE role = 'producer'")


def test_no_transaction_is_open_while_a_model_thinks(
    url: str, hand: Hand, model: ScriptedModel
) -> None:
    model.may_answer.clear()
    with working(url, model):
        start_talking(hand)
        wait_for(lambda: model.history)
        wait_for(lambda: hand.value(OPEN_TRANSACTIONS) == 0)
        assert hand.value("SELECT status FROM runs") == "running"


def test_leases_are_renewed_while_the_model_thinks(
    url: str, hand: Hand, model: ScriptedModel
) -> None:
    model.may_answer.clear()
    with working(url, model, burn_lease_seconds=1):
        start_talking(hand)
        first = wait_for(lambda: hand.type("SELECT lease_expires_at FROM runs"))
        wait_for(lambda: hand.type("SELECT lease_expires_at FROM runs") > first)
        model.may_answer.set()
        wait_for(lambda: hand.value(DONE) == 1)
        assert hand.value("SELECT count(*) FROM runs WHERE status = 'expired'") == 0


def test_a_run_whose_end_could_not_be_written_expires_while_its_worker_lives(
    url: str, hand: Hand, model: ScriptedModel
) -> None:
    model.may_answer.clear()
    with working(url, model, burn_lease_seconds=1):
        start_talking(hand)
        wait_for(lambda: model.history)
        hand.type("ALTER TABLE runs ADD CONSTRAINT runs_none_check CHECK (status <> 'failed')")
        hand.type(
            "ALTER TABLE events ADD CONSTRAINT events_none_check CHECK (type = 'text') NOT VALID"
        )
        model.may_answer.set()
        wait_for(lambda: hand.value("SELECT count(*) FROM runs WHERE status = 'expired'") > 0)
        hand.type("ALTER TABLE events DROP CONSTRAINT events_none_check")
        wait_for(lambda: hand.value(DONE) == 1)


def test_a_worker_whose_connections_are_cut_goes_on(
    url: str, hand: Hand, model: ScriptedModel
) -> None:
    with working(url, model):
        start_talking(hand)
        wait_for(lambda: hand.value(DONE) == 1)
        hand.type(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        ada = hand.value("SELECT id FROM users WHERE name = 'ada'")
        hand.say(hand.value("SELECT id FROM threads"), ada, "still there?")
        wait_for(lambda: hand.value(DONE) == 2)


def test_threads_unused_for_long_are_deleted_if_retention_is_set(
    url: str, hand: Hand, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burn_core.runs.worker._RETENTION_MINUTES", 0.01)
    kept, forgotten = start_talking(hand), hand.make_thread()
    hand.connection.execute("ALTER TABLE threads DISABLE TRIGGER touch")
    hand.type("UPDATE threads SET updated_at = now() - interval '2 hours' WHERE id = %s", forgotten)
    with working(url, model, burn_retention_hours=1):
        wait_for(lambda: hand.type("SELECT id FROM threads") == [(kept,)])


def test_traces_of_deletions_are_deleted_even_without_retention(
    url: str, hand: Hand, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burn_core.runs.worker._RETENTION_MINUTES", 0.01)
    hand.type("DELETE FROM threads WHERE id = %s", hand.make_thread())
    hand.type("UPDATE deletions SET inserted_at = now() - interval '9 days'")
    with working(url, model):
        wait_for(lambda: not hand.type("SELECT FROM deletions"))


def test_circuits_that_nobody_probes_any_longer_are_deleted(
    url: str, hand: Hand, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burn_core.runs.worker._RETENTION_MINUTES", 0.01)
    hand.type("INSERT INTO circuits (endpoint, model) VALUES ('old', 'm'), ('new', 'm')")
    hand.type("ALTER TABLE circuits DISABLE TRIGGER touch")
    hand.type("UPDATE circuits SET updated_at = now() - interval '2 h' WHERE endpoint = 'old'")
    with working(url, model):
        wait_for(lambda: hand.type("SELECT endpoint FROM circuits") == [("new",)])


def test_what_was_spent_days_ago_is_deleted(
    url: str, hand: Hand, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burn_core.runs.worker._RETENTION_MINUTES", 0.01)
    hand.type(
        "INSERT INTO spending (whose, whose_id, hour, calls, tokens)"
        " SELECT 'thread', gen_random_uuid(), now() - n * interval '1 day', n, 0"
        " FROM generate_series(1, 3) AS n"
    )
    with working(url, model):
        wait_for(lambda: hand.type("SELECT calls FROM spending") == [(1,)])


def test_a_worker_holds_its_lock_as_long_as_it_runs(
    url: str, hand: Hand, model: ScriptedModel
) -> None:
    try_lock = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
    with working(url, model) as worker:
        wait_for(lambda: not hand.value(try_lock, worker.name))
    wait_for(lambda: hand.value(try_lock, worker.name))
    assert isinstance(hand.connection, psycopg.Connection)
