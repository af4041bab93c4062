"""Runs that end at the same time are written in one transaction: commits that notify go one at a time,
and each waits for the disk.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import Engine

from burn_core.errors import LeaseLost
from burn_core.runs.outcome import write_outcomes
from burn_core.runs.progress import Outcome, Progress
from db.connection import begin
from db.errors import Away


@dataclass(frozen=True, slots=True, eq=False)
class _Ended:
    """A run that has ended, or waits to ask again. Its thread waits until that is written."""

    run: Progress
    outcome: Outcome
    is_written: "Future[None]" = field(default_factory=Future)


class Writer:
    """Writes the outcomes of one worker's runs, for the threads in which they are executed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.waiting: deque[_Ended] = deque()
        self._turn = Lock()

    def write(self, run: Progress, outcome: Outcome) -> None:
        """Return once it is committed. Raises LeaseLost where the run is no longer the worker's, Refused,
        Away.

        Who gets the turn writes for all who have come meanwhile.
        """
        ended = _Ended(run, outcome)
        self.waiting.append(ended)
        with self._turn:
            if not ended.is_written.done():
                self._write([self.waiting.popleft() for _ in range(len(self.waiting))])
        ended.is_written.result()

    def _write(self, batch: Sequence[_Ended]) -> None:
        try:
            with begin(self.engine) as session:
                written = write_outcomes(session, [(each.run, each.outcome) for each in batch])
        except BaseException as error:
            if len(batch) == 1 or isinstance(error, Away):
                for each in batch:
                    each.is_written.set_exception(error)
                return
            # One of them is refused: the others don't go with it.
            for each in batch:
                self._write([each])
            return
        for each in batch:
            if each.run.run_id in written:
                each.is_written.set_result(None)
            else:
                lost = LeaseLost(f"Run {each.run.run_id} is no longer this worker's.")
                each.is_written.set_exception(lost)
