"""After a failure: nothing is lost, nobody is asked in vain, and agents go on by themselves."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from uuid import UUID

import pytest
from sqlalchemy import Engine

from burn_core.errors import ModelError
from burn_core.model import Reply, Request
from burn_core.runs.circuit import MOST_FAILURES
from burn_core.runs.claim import Claims, claim
from burn_core.runs.run import Run
from burn_core.runs.worker import Worker
from burn_core.runs.writer import Writer
from burn_core.settings import Settings
from db.connection import begin
from tests.making import Hand, wait_for
from tests.scripted import ScriptedModel, make_reply

DOWN = ModelError("The model's server can't be reached.", retryable=True)
REFUSED = ModelError("The model's server refused the request (400).", retryable=False)
LOCKED_OUT = ModelError(
    "The model's server refused the API key (401).", retryable=False, is_locked_out=True
)
PAUSE = (
    "SELECT last_seen_seq, due_since IS NOT NULL, failures,"
    " round(extract(epoch FROM wakes_at - clock_timestamp()))::int"
    " FROM memberships WHERE role = 'producer'"
)
RUNS = "SELECT status, from_seq, to_seq FROM runs ORDER BY started_at"
IS_OPEN = "SELECT count(*) FROM circuits WHERE opened_at IS NOT NULL"
NEXT_PROBE = "UPDATE circuits SET probe_at = now()"
WAKE = "UPDATE memberships SET wakes_at = now() WHERE wakes_at IS NOT NULL"


@dataclass
class Server:
    """A model that can be switched off and on, and counts its calls."""

    is_up: Event = field(default_factory=Event)
    may_answer: Event = field(default_factory=Event)
    calls: int = 0
    at_once: int = 0
    most_at_once: int = 0
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.may_answer.set()

    def ask(self, request: Request) -> Reply:
        with self.lock:
            self.calls += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            assert self.may_answer.wait(30)
            if not self.is_up.is_set():
                raise DOWN
            return make_reply()
        finally:
            with self.lock:
                self.at_once -= 1


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    """Ada's thread with Sarah in it, and one message."""
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.say(thread_id, ada, "hi")
    return thread_id


@contextmanager
def working(url: str, model: Server, workers: int = 1) -> Iterator[None]:
    settings = Settings(_env_file=None)
    with ExitStack() as stack:
        for _ in range(workers):
            worker = Worker(settings, url, model)
            thread = Thread(target=worker.run, daemon=True)
            thread.start()
            stack.callback(_stop, worker, thread)
        stack.callback(model.may_answer.set)
        yield


def _stop(worker: Worker, thread: Thread) -> None:
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs ask again at once."""
    monkeypatch.setattr("burn_core.runs.run._MAX_WAIT_SECONDS", 0.01)


def claim_all(engine: Engine) -> Claims:
    with begin(engine) as session:
        return claim(session, "me", 100, 60, {}, "claude-test", "there")


def execute(engine: Engine, *answers: Reply | BaseException) -> None:
    """Claim all runs, and execute them with a model that gives these answers."""
    model = ScriptedModel()
    model.enqueue(*answers)
    for claimed in claim_all(engine).runs:
        Run(Writer(engine), "me", model, "claude-test", claimed, lambda _: False, "there").execute()


def test_a_failed_run_hands_its_events_back(engine: Engine, hand: Hand, thread_id: UUID) -> None:
    execute(engine, REFUSED)
    assert hand.type(PAUSE) == [(0, True, 1, 5)]
    assert claim_all(engine).due == 0
    hand.type(WAKE)
    execute(engine, make_reply())
    assert hand.type(RUNS) == [("failed", 1, 1), ("done", 1, 1)]
    assert hand.value("SELECT failures FROM memberships WHERE role = 'producer'") == 0


def test_the_pause_grows_up_to_an_hour(hand: Hand, thread_id: UUID) -> None:
    pauses = []
    for _ in range(13):
        hand.begin_run(thread_id, "sarah", "failed")
        pauses.append(hand.type(PAUSE)[0][3])
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]


def test_a_message_shortens_the_wait_and_makes_no_busy_loop(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    for _ in range(9):
        hand.begin_run(thread_id, "sarah", "failed")
    for _ in range(5):
        hand.say(thread_id, ada, "hello?")
        assert claim_all(engine).due == 0
    assert hand.type(PAUSE)[0][3] == 30
    hand.type(WAKE)
    execute(engine, REFUSED)
    assert hand.type(PAUSE) == [(0, True, 10, 2560)]


def test_a_new_version_of_an_agent_is_tried_at_once(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    execute(engine, REFUSED)
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule, rule_args)"
        " SELECT user_id, 2, prompt, tools, rule, rule_args FROM agents WHERE rule = 'producer'"
    )
    execute(engine, make_reply())
    assert hand.type(RUNS) == [("failed", 1, 1), ("done", 1, 1)]


def test_an_agent_whose_rule_fails_pauses_too(engine: Engine, hand: Hand, thread_id: UUID) -> None:
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule)"
        " SELECT user_id, 2, 'x', tools, 'heckler' FROM agents WHERE rule = 'producer'"
    )
    claim_all(engine)
    assert hand.type(PAUSE) == [(0, True, 1, 5)]
    assert claim_all(engine).due == 0


def test_a_thread_that_is_closed_meanwhile_rests(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    execute(engine, REFUSED)
    hand.type("UPDATE threads SET status = 'completed'")
    hand.type(WAKE)
    assert claim_all(engine).due == 0
    hand.type("UPDATE threads SET status = 'started'")
    assert len(claim_all(engine).runs) == 1


def test_an_agent_that_is_removed_meanwhile_is_not_tried_again(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    execute(engine, REFUSED)
    hand.type("DELETE FROM memberships WHERE role = 'producer'")
    assert claim_all(engine).due == 0


def test_comedians_roast_about_facts_that_a_failed_run_had_read(
    engine: Engine, hand: Hand, ada: UUID
) -> None:
    thread_id = hand.make_thread(ada, agents=["sarah", "jerry", "frankie"])
    for thing in ("chess", "go", "whist", "bridge"):
        hand.learn(thread_id, ada, "plays", thing, 0.9)
    hand.use_tool(thread_id, "sarah", "extract_facts", facts=[{"subject": str(ada)}] * 4)
    execute(engine, REFUSED)
    hand.type(WAKE)
    execute(engine, make_reply("roast_user", subject=str(ada), roast="Ha.", facts=[]))
    hand.use_tool(thread_id, "sarah", "extract_facts", facts=[{"subject": str(ada)}])
    execute(engine, REFUSED)
    hand.type(WAKE)
    execute(engine, make_reply("roast_user", subject=str(ada), roast="Ho.", facts=[]))
    assert hand.list_tool_uses(thread_id) == [
        ("sarah", "extract_facts"),
        ("jerry", "roast_user"),
        ("sarah", "extract_facts"),
        ("frankie", "roast_user"),
    ]


def test_a_dead_endpoint_is_left_alone_and_its_agents_stay_due(
    url: str, hand: Hand, ada: UUID, thread_id: UUID, quick: None
) -> None:
    server = Server()
    with working(url, server):
        wait_for(lambda: hand.value(IS_OPEN))
        for _ in range(5):
            hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
        wait_for(lambda: not hand.value("SELECT count(*) FROM runs WHERE status = 'running'"))
        polled_again(hand)
        assert hand.type(RUNS) == [("failed", 1, 1)]
        assert server.calls == MOST_FAILURES
        assert hand.value("SELECT count(*) FROM memberships WHERE due_since IS NOT NULL") == 6
        assert hand.type(PAUSE) == [(0, True, 0, None)] * 6
        server.is_up.set()
        hand.type(NEXT_PROBE)
        wait_for(lambda: hand.value("SELECT count(*) FROM runs WHERE status = 'done'") == 6)
    assert hand.value("SELECT count(*) FROM circuits") == 0


def polled_again(hand: Hand) -> None:
    """Wait until a worker has claimed once more: an agent that stays silent shows it."""
    zoe = hand.make_user(f"zoe{hand.value('SELECT count(*) FROM users')}")
    thread_id = hand.make_thread(zoe)
    jerry = hand.value("SELECT id FROM users WHERE name = 'jerry'")
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule, rule_args, model)"
        " SELECT user_id, max(version) + 1, 'x', '{roast_user}', 'opener', '{\"min_facts\": 3}',"
        " 'another' FROM agents WHERE user_id = %s GROUP BY user_id",
        jerry,
    )
    hand.join(thread_id, jerry, "comedian")
    hand.say(thread_id, zoe, "hi")
    read = "SELECT count(*) FROM runs WHERE thread_id = %s"
    wait_for(lambda: hand.value(read, thread_id))
    hand.type("DELETE FROM threads WHERE id = %s", thread_id)


def test_one_probe_at_a_time_whatever_the_number_of_workers(
    url: str, hand: Hand, ada: UUID, thread_id: UUID, quick: None
) -> None:
    server = Server()
    with working(url, server, workers=3):
        wait_for(lambda: hand.value(IS_OPEN))
        for _ in range(20):
            hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
        server.may_answer.clear()
        server.most_at_once = 0
        before = server.calls
        hand.type(NEXT_PROBE)
        wait_for(lambda: server.calls == before + 1)
        hand.type(NEXT_PROBE)
        polled_again(hand)
        assert server.calls == before + 1
        server.may_answer.set()
        wait_for(lambda: server.calls == before + 2)
        polled_again(hand)
        assert server.calls == before + 2
        assert server.most_at_once == 1
        assert hand.value("SELECT count(*) FROM runs WHERE status = 'failed'") == 3


def test_probes_take_turns_so_that_no_agent_keeps_a_circuit_open(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
    execute(engine, *[DOWN] * (MOST_FAILURES + 1))
    hand.type("DELETE FROM runs")
    for _ in range(4):
        hand.type(NEXT_PROBE)
        execute(engine, DOWN)
    probes = hand.type("SELECT count(*) FROM runs GROUP BY thread_id")
    assert probes == [(2,), (2,)]


def test_a_probe_whose_worker_died_keeps_nobody_waiting(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    execute(engine, *[DOWN] * MOST_FAILURES)
    hand.type(NEXT_PROBE)
    assert len(claim_all(engine).runs) == 1
    hand.type("UPDATE runs SET status = 'expired' WHERE status = 'running'")
    hand.type("UPDATE memberships SET due_since = now() WHERE role = 'producer'")
    hand.type(NEXT_PROBE)
    hand.type("UPDATE memberships SET last_seen_seq = 0 WHERE role = 'producer'")
    assert len(claim_all(engine).runs) == 1


def test_a_silent_agent_uses_up_no_probe(engine: Engine, hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread(ada, agents=["sarah", "jerry"])
    hand.say(thread_id, ada, "hi")
    execute(engine, *[DOWN] * MOST_FAILURES)
    hand.say(thread_id, ada, "hi")
    hand.type("UPDATE memberships SET due_since = now() - interval '1 day' WHERE role = 'comedian'")
    hand.type(NEXT_PROBE)
    (probe,) = claim_all(engine).runs
    assert probe.agent.rule == "producer"


def test_an_endpoint_that_refuses_the_key_is_asked_once_and_then_by_one_probe_at_a_time(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    for _ in range(3):
        hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
    (first, *rest) = claim_all(engine).runs
    hand.type("UPDATE runs SET status = 'expired' WHERE id <> %s", first.run_id)
    model = ScriptedModel()
    model.enqueue(LOCKED_OUT)
    Run(Writer(engine), "me", model, "claude-test", first, lambda _: False, "there").execute()
    assert hand.value(IS_OPEN) == 1
    hand.type("UPDATE memberships SET due_since = now(), last_seen_seq = 0 WHERE role = 'producer'")
    assert not claim_all(engine).runs
    hand.type(NEXT_PROBE)
    execute(engine, LOCKED_OUT)
    assert hand.value("SELECT count(*) FROM runs WHERE status = 'failed'") == 2
    assert hand.value(IS_OPEN) == 1
    hand.type(NEXT_PROBE)
    execute(engine, make_reply())
    assert hand.value("SELECT count(*) FROM circuits") == 0
    assert len(claim_all(engine).runs) == len(rest)


@pytest.mark.parametrize("error", [REFUSED, RuntimeError("boom")])
def test_only_a_dead_or_busy_endpoint_opens_a_circuit(
    engine: Engine, hand: Hand, thread_id: UUID, error: Exception
) -> None:
    for _ in range(2 * MOST_FAILURES):
        hand.type(WAKE)
        execute(engine, error)
    assert hand.value("SELECT count(*) FROM circuits") == 0


def test_failures_with_answers_in_between_open_no_circuit(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    for _ in range(MOST_FAILURES):
        execute(engine, DOWN, make_reply())
        hand.say(thread_id, ada, "hi")
    assert hand.value("SELECT count(*) FROM circuits") == 0


def test_an_answer_closes_the_circuit_even_if_it_is_no(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    execute(engine, *[DOWN] * MOST_FAILURES)
    hand.type(NEXT_PROBE)
    execute(engine, REFUSED)
    assert hand.value("SELECT count(*) FROM circuits") == 0
    assert hand.type(PAUSE) == [(0, True, 1, 5)]


def test_runs_under_way_stop_asking_once_the_circuit_is_open(
    engine: Engine, hand: Hand, thread_id: UUID
) -> None:
    (claimed,) = claim_all(engine).runs
    model = ScriptedModel()
    model.enqueue(DOWN)

    def open_circuit(seconds: float) -> bool:
        hand.type("UPDATE circuits SET opened_at = now(), probe_at = now() + interval '30 s'")
        return False

    Run(Writer(engine), "me", model, "claude-test", claimed, open_circuit, "there").execute()
    assert len(model.history) == 1
    assert hand.type(RUNS) == [("failed", 1, 1)]
    assert hand.type(PAUSE) == [(0, True, 0, None)]


def test_agents_of_another_model_go_on(engine: Engine, hand: Hand, thread_id: UUID) -> None:
    execute(engine, *[DOWN] * MOST_FAILURES)
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule, rule_args, model)"
        " SELECT user_id, 2, prompt, tools, rule, rule_args, 'claude-other' FROM agents"
        " WHERE rule = 'producer'"
    )
    assert len(claim_all(engine).runs) == 1


def test_an_endpoint_is_stored_without_its_host_and_key() -> None:
    settings = Settings(
        _env_file=None,
        anthropic_base_url="http://me:secret@db.internal:99/v1",
        anthropic_api_key="sk-123",
    )
    other = settings.model_copy(update={"anthropic_base_url": "http://other.internal"})
    assert settings.endpoint.isalnum()
    assert len(settings.endpoint) == 16
    assert Settings(**other.model_dump(), _env_file=None).endpoint != settings.endpoint
