"""The outcome of a run, written in one transaction.

Each statement finds the run only while this worker holds it. A worker that was presumed dead
writes nothing: LeaseLost says so.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from burn_core.errors import LeaseLost
from burn_core.events import Event
from burn_core.model import Usage
from burn_core.runs import circuit
from burn_core.runs.status import Status
from burn_core.tools import ToolCall


@dataclass(frozen=True, slots=True)
class Progress:
    """A run, and what it has taken so far.

    endpoint and asked_model are where it asks; model is which one answered, if any did.
    """

    run_id: UUID
    thread_id: UUID
    worker: str
    attempts: int
    prompt_sha256: str | None
    model: str | None
    usage: Usage
    endpoint: str
    asked_model: str


@dataclass(frozen=True, slots=True)
class Done:
    """The model made a valid call."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Retrying:
    """The model gave nothing usable, and is asked again after wait_seconds."""

    error: str
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The run is given up. Its agent reads the same events again, after a pause (db/pauses.sql)."""

    error: str
    model_answered: bool = False


@dataclass(frozen=True, slots=True)
class CutOff:
    """The run is given up: the circuit to its model is open. Its agent waits until that closes."""

    error: str


Outcome = Done | Retrying | Failed | CutOff

# Progress as columns of the run.
_PROGRESS = """
    attempts = :attempts, prompt_sha256 = :prompt_sha256, model = coalesce(:model, model),
    input_tokens = :input_tokens, output_tokens = :output_tokens,
    cache_creation_input_tokens = :cache_creation_input_tokens,
    cache_read_input_tokens = :cache_read_input_tokens
"""

# Locks are taken in one order (db/locks.py): the run's row, then its thread's.
_DONE = text(f"""
    WITH held AS (
        SELECT thread_id, user_id FROM runs
        WHERE id = :run_id AND status = 'running' AND worker = :worker FOR UPDATE
    ), event AS (
        INSERT INTO events (thread_id, user_id, type, data)
        SELECT thread_id, user_id, 'tool_use', CAST(:data AS jsonb) FROM held
        RETURNING id, seq, user_id, type, data, inserted_at
    ), closed AS (
        {circuit.CLOSE} AND EXISTS (SELECT FROM event)
    )
    UPDATE runs SET status = 'done', tool_use_event_id = event.id, error = NULL,
        finished_at = clock_timestamp(), {_PROGRESS}
    FROM event WHERE runs.id = :run_id
    RETURNING event.id, event.seq, event.user_id, event.type, event.data, event.inserted_at
""")

_NOT_DONE = text(f"""
    UPDATE runs SET status = :status, error = :error,
        finished_at = CASE :status WHEN 'failed' THEN clock_timestamp() END, {_PROGRESS}
    WHERE id = :run_id AND status = 'running' AND worker = :worker
    RETURNING id
""")


def write_outcome(session: Session, run: Progress, outcome: Outcome) -> None:
    """Write it. Raises LeaseLost where the run is no longer the worker's."""
    match outcome:
        case Done(call):
            _write_done(session, run, call)
        case Retrying(error):
            _write(session, _NOT_DONE, run, status=Status.RUNNING, error=error)
        case Failed(error, model_answered):
            _write(session, _NOT_DONE, run, status=Status.FAILED, error=error)
            if model_answered:
                circuit.close(session, run.endpoint, run.asked_model)
        case CutOff(error):
            _write(session, _NOT_DONE, run, status=Status.FAILED, error=error)
            circuit.wait_until_closed(session, run.run_id)


def _write_done(session: Session, run: Progress, call: ToolCall) -> None:
    """Append the tool use as the agent's event, and do what the tool does."""
    row = _write(session, _DONE, run, data=json.dumps(call.data))
    call.perform(session, run.thread_id, Event(*row))


def _write(
    session: Session, statement: TextClause, run: Progress, **values: object
) -> Sequence[Any]:
    progress = asdict(run) | asdict(run.usage)
    row = session.execute(statement, progress | values).first()
    if row is None:
        raise LeaseLost(f"Run {run.run_id} is no longer this worker's.")
    return row
