"""Executing a claimed run: ask the model, then write what it chose, or why there is nothing."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.orm import Session

from burn_core.agents.instruct import instruct, make_request
from burn_core.errors import BurnError, LeaseLost, ModelError, Stopping, write_line
from burn_core.logs import Quote, about_run
from burn_core.model import Model, Reply, Request, Usage
from burn_core.runs import circuit
from burn_core.runs.claim import Claim
from burn_core.runs.progress import (
    CutOff,
    Done,
    Failed,
    Outcome,
    Progress,
    Retrying,
)
from burn_core.runs.writer import Writer
from burn_core.tools import ToolCall
from db.connection import begin
from db.errors import Away, Refused

T = TypeVar("T")
_log = logging.getLogger(__name__)
MAX_GOES = 5
_MAX_WAIT_SECONDS = 30.0
_DATABASE_WAIT_SECONDS = 0.5
_MAX_NAME = 100
_MAX_DETAILS = 1_000


@dataclass
class Run:
    """One claimed run on its way. wait(seconds) sleeps, and returns whether to stop."""

    writer: Writer
    worker: str
    model: Model
    default_model: str
    claim: Claim
    wait: Callable[[float], bool]
    endpoint: str = ""  # where the model is, as a fingerprint
    attempts: int = 0
    usage: Usage = field(default_factory=Usage)
    answering_model: str | None = None
    request: Request | None = field(default=None, repr=False)
    model_answered: bool = False  # when it was last asked

    def execute(self) -> None:
        """See the run through to done or failed, unless another worker takes it over."""
        with about_run(self.claim.run_id, self.claim.snapshot.thread_id):
            try:
                self._see_through()
            except (LeaseLost, Stopping) as error:
                _log.info("%s", error)
            except BaseException:
                # The worker no longer renews its lease, so it expires.
                _log.exception("a run ended without writing its outcome")

    def _see_through(self) -> None:
        try:
            self._ask_and_write()
        except (LeaseLost, Stopping):
            raise
        except BaseException:
            # Also SystemExit and its like: here they end the run, and nothing else.
            _log.exception("run %s failed", self.claim.run_id)
            unexpected = "Something unexpected went wrong. The worker's log says what."
            self._write(self._fail(unexpected))

    def _ask_and_write(self) -> None:
        for go in range(1, MAX_GOES + 1):
            outcome = self._write(self._ask(go))
            if not isinstance(outcome, Retrying):
                return
            self._pause(outcome.wait_seconds)
            if self._transact(lambda session: circuit.is_open(session, *self._asked)):
                self._write(CutOff(outcome.error))
                return

    def _ask(self, go: int) -> Outcome:
        try:
            return Done(self._instruct())
        except ModelError as error:
            line = write_line(error)
            if error.details:
                details = Quote(write_line(error.details, _MAX_DETAILS))
                _log.warning("run %s: %s %s", self.claim.run_id, line, details)
            is_of_endpoint = error.retryable or error.is_locked_out
            self.model_answered = not is_of_endpoint
            more = " The worker's log says more." if error.details else ""
            if is_of_endpoint and self._report_failure(error.is_locked_out):
                return CutOff(write_line(line + more))
            if error.retryable and go < MAX_GOES:
                return Retrying(line, _wait_seconds(go, error.retry_after_seconds))
            return self._fail(line + more)
        except BurnError as error:
            return self._fail(error)

    def _fail(self, error: object) -> Failed:
        return Failed(write_line(error), self.model_answered)

    def _report_failure(self, is_locked_out: bool) -> bool:
        """Count a failure of the endpoint. Returns whether its circuit is open."""
        is_default = self.claim.agent.model is None
        most_failures = 1 if is_locked_out else circuit.MOST_FAILURES
        return self._transact(
            lambda session: circuit.report_failure(session, *self._asked, is_default, most_failures)
        )

    @property
    def _asked(self) -> tuple[str, str]:
        """The endpoint and the model that are asked."""
        return self.endpoint, self.claim.agent.model or self.default_model

    def _instruct(self) -> ToolCall:
        self.request = make_request(self.claim.agent, self.claim.snapshot, self.default_model)
        return instruct(self.claim.agent, self.claim.snapshot, self.request, self._ask_model)

    def _ask_model(self, request: Request) -> Reply:
        """The model's reply, of which the run's row counts what it took."""
        self.attempts += 1
        self.model_answered = False
        reply = self.model.ask(request)
        self.model_answered = True
        self.usage += reply.usage
        self.answering_model = _read_name(reply.model) or request.model
        return reply

    def _write(self, outcome: Outcome) -> Outcome:
        """Write the outcome, or if the database refuses it, that the run has failed. Returns which.

        Waits for the database, however long it is away. Raises LeaseLost where the run is no longer
        ours, Stopping while it waits, Refused if not even the failure can be written.
        """
        try:
            return self._write_once(outcome)
        except Refused as error:
            # For example, the agent was removed in the meantime, or the person tapped out.
            return self._write_once(self._fail(error))

    def _write_once(self, outcome: Outcome) -> Outcome:
        self._persist(lambda: self.writer.write(self._get_progress(), outcome))
        if isinstance(outcome, Failed | CutOff):
            _log.warning("run %s failed: %s", self.claim.run_id, outcome.error)
        return outcome

    def _transact(self, act: Callable[[Session], T]) -> T:
        def begin_and_act() -> T:
            with begin(self.writer.engine) as session:
                return act(session)

        return self._persist(begin_and_act)

    def _persist(self, act: Callable[[], T]) -> T:
        """Do it as often as it takes the database."""
        while True:
            try:
                return act()
            except Away as error:
                _log.warning("run %s waits for the database: %s", self.claim.run_id, error)
                self._pause(_DATABASE_WAIT_SECONDS)

    def _pause(self, seconds: float) -> None:
        if self.wait(seconds):
            raise Stopping(f"Run {self.claim.run_id} is handed back: the worker is stopping.")

    def _get_progress(self) -> Progress:
        return Progress(
            self.claim.run_id,
            self.claim.snapshot.thread_id,
            self.worker,
            self.attempts,
            self.request.sha256 if self.request else None,
            self.answering_model,
            self.usage,
            *self._asked,
        )


def _read_name(model: object) -> str | None:
    """The model's name, if it is one that a row and a screen can hold."""
    if isinstance(model, str) and model.isprintable() and 0 < len(model) <= _MAX_NAME:
        return model
    return None


def _wait_seconds(go: int, retry_after_seconds: float | None) -> float:
    if retry_after_seconds is not None and retry_after_seconds > 0:
        return min(retry_after_seconds, _MAX_WAIT_SECONDS)
    return min(2.0 ** (go - 1), _MAX_WAIT_SECONDS) * random.uniform(0.8, 1.2)
