"""Runs that end at the same time are written together, and each is all or nothing."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import Engine

from burn_core.agents.instruct import instruct, make_request
from burn_core.errors import LeaseLost
from burn_core.model import Usage
from burn_core.runs.claim import Claim, claim
from burn_core.runs.progress import Done, Failed, Outcome, Progress
from burn_core.runs.writer import Writer
from db.connection import begin
from db.errors import Refused
from tests.making import Hand, wait_for
from tests.scripted import make_reply

SECONDS = 20


class Runs:
    """Sarah's claimed runs, one for each thread, and a writer that is busy with the first."""

    def __init__(self, engine: Engine, hand: Hand, ada: UUID, count: int) -> None:
        for _ in range(count + 1):
            hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "I like chess")
        with begin(engine) as session:
            self._claims = list(claim(session, "me", 10, 60, {}, "claude-test").runs)
        self._hand = hand
        self._writer = Writer(engine)
        self._pool = ThreadPoolExecutor(count + 1)
        self.thread_ids = [each.snapshot.thread_id for each in self._claims[1:]]

    @contextmanager
    def ending(self, *outcomes: Outcome | None) -> Iterator[list["Future[None]"]]:
        """In the block, they have ended with these outcomes, or with a tool use, and nobody has written them."""
        first, *others = self._claims
        with self._hand.connection.transaction():
            self._hand.type(
                "SELECT FROM runs WHERE thread_id = %s FOR UPDATE", first.snapshot.thread_id
            )
            written = [self._begin(first, None)]
            wait_for(lambda: not self._writer.waiting)
            for one, outcome in zip(others, outcomes, strict=True):
                written.append(self._begin(one, outcome))
            wait_for(lambda: len(self._writer.waiting) == len(others))
            yield written[1:]
        written[0].result(SECONDS)
        self._pool.shutdown()

    def _begin(self, one: Claim, outcome: Outcome | None) -> "Future[None]":
        return self._pool.submit(self._writer.write, make_progress(one), outcome or make_done(one))


def make_progress(one: Claim) -> Progress:
    id, thread_id = one.run_id, one.snapshot.thread_id
    return Progress(
        id, thread_id, "me", 1, None, "claude-test", Usage(10, 1), "there", "claude-test"
    )


def make_done(one: Claim) -> Done:
    request = make_request(one.agent, one.snapshot, "claude-test")
    return Done(instruct(one.agent, one.snapshot, request, lambda _: make_reply()))


def test_runs_that_end_together_are_written_in_one_transaction(
    engine: Engine, hand: Hand, ada: UUID
) -> None:
    runs = Runs(engine, hand, ada, 3)
    with runs.ending(None, Failed("no answer"), None) as written:
        assert not any(one.done() for one in written)
    for one in written:
        one.result(SECONDS)
    changed = hand.type(
        "SELECT changed_in, status FROM runs WHERE thread_id = ANY(%s)", runs.thread_ids
    )
    assert sorted(status for _, status in changed) == ["done", "done", "failed"]
    assert len({transaction for transaction, _ in changed}) == 1
    assert [len(hand.list_tool_uses(id)) for id in runs.thread_ids] == [1, 0, 1]


def test_one_that_is_refused_takes_no_other_with_it(engine: Engine, hand: Hand, ada: UUID) -> None:
    runs = Runs(engine, hand, ada, 3)
    with runs.ending(None, None, None) as written:
        hand.type("DELETE FROM memberships WHERE thread_id = %s", runs.thread_ids[1])
    with pytest.raises(Refused, match="Only members"):
        written[1].result(SECONDS)
    assert [len(hand.list_tool_uses(id)) for id in runs.thread_ids] == [1, 0, 1]
    statuses = [
        hand.value("SELECT status FROM runs WHERE thread_id = %s", id) for id in runs.thread_ids
    ]
    assert statuses == ["done", "running", "done"]


def test_one_whose_lease_is_lost_is_left_out(engine: Engine, hand: Hand, ada: UUID) -> None:
    runs = Runs(engine, hand, ada, 3)
    with runs.ending(None, None, Failed("no answer")) as written:
        hand.type(
            "UPDATE runs SET status = 'expired' WHERE thread_id = ANY(%s)", runs.thread_ids[1:]
        )
    written[0].result(SECONDS)
    for one in written[1:]:
        with pytest.raises(LeaseLost):
            one.result(SECONDS)
    assert [len(hand.list_tool_uses(id)) for id in runs.thread_ids] == [1, 0, 0]
