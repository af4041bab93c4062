"""Executing a claimed run: ask the model, then write what it chose, or why there is nothing."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from burn_core.agents.instruct import Instruction, instruct, make_request
from burn_core.errors import BurnError, LeaseLost, ModelError, Stopping
from burn_core.model import Model, Request
from burn_core.runs.claim import Claim
from burn_core.runs.outcome import Done, Failed, Outcome, Progress, Retrying, write_outcome
from db.connection import begin
from db.errors import Away, Refused

_log = logging.getLogger(__name__)
MAX_GOES = 5
_MAX_WAIT_SECONDS = 30.0
_DATABASE_WAIT_SECONDS = 0.5


@dataclass
class Run:
    """One claimed run on its way. wait(seconds) sleeps, and returns whether to stop."""

    engine: Engine
    worker: str
    model: Model
    default_model: str
    claim: Claim
    wait: Callable[[float], bool]
    attempts: int = 0
    request: Request | None = field(default=None, repr=False)

    def execute(self) -> None:
        """See the run through to done or failed, unless another worker takes it over."""
        try:
            for go in range(1, MAX_GOES + 1):
                outcome = self._ask(go)
                self._write(outcome)
                if not isinstance(outcome, Retrying):
                    return
                self._pause(outcome.wait_seconds)
        except (LeaseLost, Stopping) as error:
            _log.info("%s", error)

    def _ask(self, go: int) -> Outcome:
        try:
            return Done(self._instruct())
        except ModelError as error:
            if error.retryable and go < MAX_GOES:
                return Retrying(_clean(error), _wait_seconds(go, error.retry_after_seconds))
            return Failed(_clean(error))
        except BurnError as error:
            return Failed(_clean(error))
        except Exception:
            return self._fail_unexpectedly()

    def _fail_unexpectedly(self) -> Failed:
        """Whatever else goes wrong ends this run alone. Called while the error is handled."""
        _log.exception("run %s failed", self.claim.run_id)
        return Failed("Something unexpected went wrong. The worker's log says what.")

    def _instruct(self) -> Instruction:
        self.request = make_request(self.claim.agent, self.claim.snapshot, self.default_model)
        return instruct(
            self.claim.agent, self.claim.snapshot, self.request, self.model, self._count_call
        )

    def _count_call(self) -> None:
        self.attempts += 1

    def _write(self, outcome: Outcome) -> None:
        """Write the outcome, however long that takes the database.

        Raises LeaseLost where the run is no longer ours, Stopping while it waits.
        """
        while True:
            try:
                with begin(self.engine) as session:
                    write_outcome(session, self._get_progress(), outcome)
                if isinstance(outcome, Failed):
                    _log.warning("run %s failed: %s", self.claim.run_id, outcome.error)
                return
            except Refused as error:
                # For example, the agent was removed in the meantime, or the person tapped out.
                outcome = Failed(_clean(error))
            except Away as error:
                _log.warning("run %s waits for the database: %s", self.claim.run_id, error)
                self._pause(_DATABASE_WAIT_SECONDS)
            except LeaseLost:
                raise
            except Exception:
                if isinstance(outcome, Failed):
                    raise
                outcome = self._fail_unexpectedly()

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
        )


def _clean(error: Exception) -> str:
    """Its message as one line, without what a row can't hold."""
    line = " ".join("".join(it if it.isprintable() else " " for it in str(error)).split())
    return line or "No reason was given."


def _wait_seconds(go: int, retry_after_seconds: float | None) -> float:
    if retry_after_seconds is not None:
        return min(retry_after_seconds, _MAX_WAIT_SECONDS)
    return min(2.0 ** (go - 1), _MAX_WAIT_SECONDS) * random.uniform(0.8, 1.2)
