"""Making a claimed run: ask the model, then write down what it chose, or why it didn't."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from burn_core.agents.instruct import Instruction, instruct, make_request
from burn_core.errors import BurnError, LeaseLost, ModelError
from burn_core.model import Model, Request
from burn_core.runs.claim import Claim
from burn_core.runs.outcome import write_done, write_failed, write_retried
from db.connection import begin

_log = logging.getLogger(__name__)
MAX_GOES = 5
_MAX_WAIT_SECONDS = 30.0
_DATABASE_WAIT_SECONDS = 0.5


@dataclass
class Run:
    """One claimed run on its way. wait sleeps so many seconds, and says whether to stop."""

    engine: Engine
    worker: str
    model: Model
    default_model: str
    claim: Claim
    wait: Callable[[float], bool]
    attempts: int = 0
    request: Request | None = field(default=None, repr=False)

    def make(self) -> None:
        """See the run through to done or failed, unless another worker takes it over."""
        try:
            self._write(self._choose())
        except LeaseLost as error:
            _log.info("%s", error)

    def _choose(self) -> Callable[[Session], None]:
        """Ask the model; what comes back writes the outcome."""
        for go in range(1, MAX_GOES + 1):
            try:
                return partial(self._write_done, instruction=self._instruct())
            except ModelError as error:
                if not error.retryable or go == MAX_GOES:
                    return partial(self._write_failed, error=error)
                self._write(partial(self._write_retried, error=error))
                if self.wait(_wait_seconds(go, error.retry_after_seconds)):
                    raise LeaseLost("The worker is stopping.") from error
            except BurnError as error:
                return partial(self._write_failed, error=error)
            except Exception as error:
                # Whatever else goes wrong ends this run alone, and its row says what it was.
                _log.exception("run %s failed", self.claim.run_id)
                return partial(self._write_failed, error=error)
        raise AssertionError("the last go returns")

    def _instruct(self) -> Instruction:
        self.request = make_request(self.claim.agent, self.claim.snapshot, self.default_model)
        return instruct(
            self.claim.agent, self.claim.snapshot, self.request, self.model, self._count_call
        )

    def _count_call(self) -> None:
        self.attempts += 1

    def _write(self, outcome: Callable[[Session], None]) -> None:
        """Write the outcome if the run is still ours, however long the database is away."""
        while True:
            try:
                with begin(self.engine) as session:
                    outcome(session)
                return
            except IntegrityError as error:
                # The agent was removed, say: the database refused what it wanted to write.
                outcome = partial(self._write_failed, error=error.orig or error)
            except OperationalError as error:
                _log.warning("run %s waits for the database: %s", self.claim.run_id, error.orig)
                if self.wait(_DATABASE_WAIT_SECONDS):
                    raise LeaseLost("The worker is stopping.") from error

    def _write_done(self, session: Session, instruction: Instruction) -> None:
        event = write_done(session, self._describe_self(), instruction)
        instruction.call.perform(session, self.claim.snapshot.thread_id, event)

    def _write_failed(self, session: Session, error: BaseException) -> None:
        _log.warning("run %s failed: %s", self.claim.run_id, error)
        write_failed(session, self._describe_self(), _describe(error))

    def _write_retried(self, session: Session, error: BaseException) -> None:
        write_retried(session, self._describe_self(), _describe(error))

    def _describe_self(self) -> dict[str, object]:
        return {
            "run_id": self.claim.run_id,
            "worker": self.worker,
            "attempts": self.attempts,
            "prompt_sha256": self.request.sha256 if self.request else None,
        }


def _describe(error: BaseException) -> str:
    text = str(error).replace("\x00", "").strip()
    return text if isinstance(error, BurnError) else f"{type(error).__name__}: {text}"


def _wait_seconds(go: int, retry_after_seconds: float | None) -> float:
    if retry_after_seconds is not None:
        return min(retry_after_seconds, _MAX_WAIT_SECONDS)
    return min(2.0 ** (go - 1), _MAX_WAIT_SECONDS) * random.uniform(0.8, 1.2)
