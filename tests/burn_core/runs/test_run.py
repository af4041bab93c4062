"""A run: what it writes, whatever the model and the database do."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from burn_core.agents.instruct import make_request
from burn_core.agents.roster import Agent
from burn_core.context import render
from burn_core.errors import ModelError
from burn_core.model import Reply, ToolUse
from burn_core.runs.claim import claim
from burn_core.runs.run import MAX_GOES, Run
from burn_core.runs.writer import Writer
from burn_core.snapshot import load_snapshot
from db.connection import begin
from tests.making import Hand
from tests.scripted import ScriptedModel, make_reply

OUTCOME = "SELECT status, attempts, error FROM runs"
BUSY = ModelError("busy", retryable=True)
UNEXPECTED = "Something unexpected went wrong. The worker's log says what."


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.say(thread_id, ada, "I like chess")
    return thread_id


def make_run(
    engine: Engine,
    *answers: Reply | BaseException,
    wait: Callable[[float], bool] = lambda seconds: False,
) -> Run:
    """Sarah's claimed run, with a model that gives these answers."""
    model = ScriptedModel()
    model.enqueue(*answers)
    with begin(engine) as session:
        (claimed,) = claim(session, "me", 10, 60, {}, "claude-test").runs
    return Run(Writer(engine), "me", model, "claude-test", claimed, wait)


def make_fact(hand: Hand, ada: UUID) -> dict[str, Any]:
    return {
        "subject": str(ada),
        "predicate": "likes",
        "object": "chess",
        "category": "hobby",
        "confidence": 0.9,
        "disputed": False,
        "source_event": str(hand.value("SELECT id FROM events WHERE type = 'text'")),
    }


def test_facts_their_event_and_the_run_are_written_together(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    make_run(engine, make_reply("extract_facts", facts=[make_fact(hand, ada)])).execute()
    (row,) = hand.type(
        "SELECT r.status, r.model, r.attempts, r.input_tokens, r.error, e.seq, e.data->>'name',"
        " f.predicate, f.object, f.confidence, f.subject_id, f.disputed"
        " FROM runs r JOIN events e ON e.id = r.tool_use_event_id"
        " JOIN facts f ON f.tool_use_event_id = e.id"
    )
    assert row[:7] == ("done", "scripted", 1, 10, None, 2, "extract_facts")
    assert [str(value) for value in row[7:]] == ["likes", "chess", "0.90", str(ada), "False"]


def test_a_tool_use_whose_facts_are_refused_leaves_no_event(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    run = make_run(engine, make_reply("extract_facts", facts=[make_fact(hand, ada)]))
    hand.type("ALTER TABLE facts ADD CONSTRAINT facts_none_check CHECK (false)")
    run.execute()
    assert hand.list_tool_uses(thread_id) == []
    assert hand.value("SELECT status FROM runs") == "failed"


def test_an_error_while_the_outcome_is_written_ends_the_run(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    run = make_run(engine, make_reply("extract_facts", facts=[make_fact(hand, ada)]))
    hand.type("ALTER TABLE facts RENAME predicate TO words")
    run.execute()
    assert hand.list_tool_uses(thread_id) == []
    assert hand.type("SELECT status, error FROM runs") == [("failed", UNEXPECTED)]


def test_an_error_is_written_as_one_line_that_a_row_can_hold(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    make_run(engine, ModelError("two\nlines,\x00 \ud800 odd", retryable=False)).execute()
    assert hand.type(OUTCOME) == [("failed", 1, "two lines, odd")]


def test_an_id_that_no_row_can_hold_ends_the_run(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    reply = make_reply()
    make_run(engine, replace(reply, tool_uses=[ToolUse("\0", "do_nothing", {})])).execute()
    assert hand.value("SELECT status FROM runs") == "failed"


def test_comedians_read_the_ids_of_facts_and_cite_them(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    facts = [make_fact(hand, ada), make_fact(hand, ada) | {"object": "go"}]
    make_run(engine, make_reply("extract_facts", facts=facts)).execute()
    ids = hand.value("SELECT data->'fact_ids' FROM events WHERE type = 'tool_use'")
    rows = hand.type("SELECT id FROM facts ORDER BY object")
    assert ids == [str(row[0]) for row in rows]
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule)"
        " SELECT user_id, 2, 'You joke.', '{roast_user}', rule FROM agents WHERE rule = 'producer'"
    )
    hand.say(thread_id, ada, "And now?")
    bad = make_reply("roast_user", subject=str(ada), roast="Ha.", facts=[str(thread_id)])
    good = make_reply("roast_user", subject=str(ada), roast="Ha.", facts=ids)
    run = make_run(engine, bad, good)
    run.execute()
    assert run.attempts == 2
    assert isinstance(run.model, ScriptedModel)
    assert all(id in str(run.model.history[0].messages) for id in ids)
    used = "SELECT data->'input'->'facts' FROM events ORDER BY seq DESC LIMIT 1"
    assert hand.value(used) == ids


def test_the_prompts_fingerprint_can_be_made_again(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    make_run(engine, make_reply()).execute()
    hand.say(thread_id, ada, "and cooking")
    ((sha256, to_seq, *agent),) = hand.type(
        "SELECT r.prompt_sha256, r.to_seq, a.id, a.user_id, a.version, a.prompt, a.tools, a.rule,"
        " a.rule_args, a.model FROM runs r JOIN agents a ON a.id = r.agent_id"
    )
    with begin(engine) as session:
        snapshot = load_snapshot(session, thread_id, to_seq)
    assert make_request(Agent(*agent), snapshot, "claude-test").sha256 == sha256
    assert "cooking" not in render(snapshot)


def test_a_busy_model_is_asked_again_and_the_row_says_so(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    waits: list[tuple[float, list[Any]]] = []

    def wait(seconds: float) -> bool:
        waits.append((seconds, hand.type(OUTCOME)))
        return False

    make_run(engine, BUSY, BUSY, make_reply(), wait=wait).execute()
    assert [rows for _, rows in waits] == [[("running", 1, "busy")], [("running", 2, "busy")]]
    assert waits[0][0] < waits[1][0]
    assert hand.type(OUTCOME) == [("done", 3, None)]


def test_a_model_that_stays_busy_is_given_up(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    make_run(engine, *[BUSY] * MAX_GOES).execute()
    assert hand.type(OUTCOME) == [("failed", MAX_GOES, "busy")]
    hand.say(thread_id, ada, "hello?")
    hand.type("DELETE FROM circuits")
    make_run(engine, make_reply()).execute()
    assert hand.type("SELECT from_seq FROM runs WHERE status = 'done'") == [(1,)]


def test_an_error_that_asking_again_cannot_fix_ends_the_run_at_once(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    make_run(engine, ModelError("no such key", retryable=False)).execute()
    assert hand.type(OUTCOME) == [("failed", 1, "no such key")]


@pytest.mark.parametrize(
    "error",
    [RuntimeError("boom"), SystemExit(1), KeyboardInterrupt(), GeneratorExit(), RecursionError()],
    ids=repr,
)
def test_whatever_a_model_raises_ends_only_that_run(
    engine: Engine, hand: Hand, thread_id: UUID, error: BaseException
) -> None:
    make_run(engine, error).execute()
    assert hand.type(OUTCOME) == [("failed", 1, UNEXPECTED)]


@pytest.mark.parametrize("seconds", ["soon", float("nan"), float("-inf"), -1, 0])
def test_a_retry_after_that_is_no_wait_ends_the_run_all_the_same(
    engine: Engine, hand: Hand, thread_id: UUID, seconds: Any
) -> None:
    busy = ModelError("busy", retryable=True, retry_after_seconds=seconds)
    make_run(engine, busy, make_reply()).execute()
    assert hand.value("SELECT status FROM runs") in ("done", "failed")


def test_the_tokens_of_a_run_that_fails_are_counted_too(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    wrong = make_reply("heckle")
    make_run(engine, wrong, BUSY, wrong, wrong, wrong).execute()
    assert hand.type("SELECT status, attempts, model, input_tokens, output_tokens FROM runs") == [
        ("failed", 5, "scripted", 40, 20)
    ]


@pytest.mark.parametrize("name", ["\0", "\ud800", "", "x" * 101, None, 7])
def test_a_models_name_that_no_row_can_hold_gives_way_to_the_one_that_was_asked(
    engine: Engine, hand: Hand, thread_id: UUID, name: Any
) -> None:
    make_run(engine, replace(make_reply(), model=name)).execute()
    assert hand.type("SELECT status, model FROM runs") == [("done", "claude-test")]


def test_the_details_of_an_error_are_in_the_log_and_not_in_the_row(
    engine: Engine, hand: Hand, thread_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    details = "db.internal said:\nno" + "!" * 5_000
    make_run(engine, ModelError("It failed.", retryable=False, details=details)).execute()
    assert hand.type(OUTCOME) == [("failed", 1, "It failed. The worker's log says more.")]
    assert "It failed. db.internal said: no!!!" in caplog.text
    assert len(caplog.text) < 2_000


def test_more_facts_than_an_index_can_hold_end_the_run(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    objects = (" ".join(f"{number}x{word}" for word in range(60)) for number in range(3_000))
    facts = [make_fact(hand, ada) | {"object": words} for words in objects]
    make_run(engine, make_reply("extract_facts", facts=facts)).execute()
    ((status, _, error),) = hand.type(OUTCOME)
    assert status == "failed"
    assert error.startswith("The database refused this change: string is too long")


def test_a_trigger_of_ones_own_that_fails_leaves_nothing_of_postgres_in_the_row(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    run = make_run(engine, make_reply())
    hand.type(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM 1 / 0; RETURN NEW; END $$"
    )
    hand.type("CREATE TRIGGER fail BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION fail()")
    run.execute()
    assert hand.type(OUTCOME) == [("failed", 1, UNEXPECTED)]


def test_a_run_whose_end_is_refused_too_is_left_to_expire(
    engine: Engine, hand: Hand, thread_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    run = make_run(engine, make_reply())
    hand.type("ALTER TABLE runs ADD CONSTRAINT runs_none_check CHECK (finished_at IS NULL)")
    run.execute()
    assert hand.value("SELECT status FROM runs") == "running"
    assert "a run ended without writing its outcome" in caplog.text
    assert "RecursionError" not in caplog.text


def test_a_run_that_failed_because_its_retry_was_refused_asks_no_more(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    run = make_run(engine, BUSY, make_reply())
    hand.type(
        "ALTER TABLE runs ADD CONSTRAINT runs_none_check CHECK (error IS NULL OR status = 'failed')"
    )
    run.execute()
    assert run.attempts == 1
    assert hand.value("SELECT status FROM runs") == "failed"


def test_nothing_is_written_once_the_lease_is_lost(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    run = make_run(engine, make_reply())
    hand.type("UPDATE runs SET status = 'expired'")
    run.execute()
    assert hand.list_tool_uses(thread_id) == []
    assert hand.value("SELECT status FROM runs") == "expired"


def test_an_agent_that_was_removed_meanwhile_says_nothing(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    run = make_run(engine, make_reply())
    hand.type("DELETE FROM memberships WHERE role = 'producer'")
    run.execute()
    assert hand.list_tool_uses(thread_id) == []
    ((status, _, error),) = hand.type(OUTCOME)
    assert status == "failed"
    assert error == "Only members of a thread can write in it."


def test_a_thread_deleted_meanwhile_does_no_harm(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    run = make_run(engine, make_reply())
    hand.type("DELETE FROM threads")
    run.execute()
    assert hand.type(OUTCOME) == []


def test_a_worker_that_stops_while_it_waits_leaves_the_run_to_be_handed_back(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    make_run(engine, BUSY, wait=lambda seconds: True).execute()
    assert hand.type(OUTCOME) == [("running", 1, "busy")]
