"""What came of a run, written for as long as the run is its worker's.

Each is one statement, which also tells whether the run is still ours: LeaseLost says it isn't.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from burn_core.agents.instruct import Instruction
from burn_core.errors import LeaseLost
from burn_core.events import Event

# The run's row is locked before its thread's and the memberships, in the order in which a worker
# takes over another's runs.
_DONE = text("""
    WITH held AS (
        SELECT thread_id, user_id FROM runs
        WHERE id = :run_id AND status = 'running' AND worker = :worker FOR UPDATE
    ), event AS (
        INSERT INTO events (thread_id, user_id, type, data)
        SELECT thread_id, user_id, 'tool_use', CAST(:data AS jsonb) FROM held
        RETURNING id, seq, user_id, type, data, inserted_at
    )
    UPDATE runs SET status = 'done', tool_use_event_id = event.id, error = NULL,
        finished_at = clock_timestamp(), attempts = :attempts, prompt_sha256 = :prompt_sha256,
        model = :model, input_tokens = :input_tokens, output_tokens = :output_tokens,
        cache_creation_input_tokens = :cache_creation_input_tokens,
        cache_read_input_tokens = :cache_read_input_tokens
    FROM event WHERE runs.id = :run_id
    RETURNING event.id, event.seq, event.user_id, event.type, event.data, event.inserted_at
""")

_FAILED = text("""
    UPDATE runs SET status = 'failed', finished_at = clock_timestamp(), error = :error,
        attempts = :attempts, prompt_sha256 = :prompt_sha256
    WHERE id = :run_id AND status = 'running' AND worker = :worker
    RETURNING id
""")

_RETRIED = text("""
    UPDATE runs SET error = :error, attempts = :attempts, prompt_sha256 = :prompt_sha256
    WHERE id = :run_id AND status = 'running' AND worker = :worker
    RETURNING id
""")

# What every outcome says: run_id, worker, attempts and prompt_sha256.
Run = Mapping[str, object]


def write_done(session: Session, run: Run, instruction: Instruction) -> Event:
    """Append the tool use as the agent's event, which is returned, and end the run.

    Raises sqlalchemy.exc.IntegrityError where the triggers refuse the event.
    """
    more = {
        "data": json.dumps(instruction.call.data),
        "model": instruction.model,
        **asdict(instruction.usage),
    }
    return Event(*_write(session, _DONE, {**run, **more}))


def write_failed(session: Session, run: Run, error: str) -> None:
    _write(session, _FAILED, {**run, "error": error})


def write_retried(session: Session, run: Run, error: str) -> None:
    """Say why the model will be asked again. The run goes on."""
    _write(session, _RETRIED, {**run, "error": error})


def _write(session: Session, statement: TextClause, values: dict[str, object]) -> Sequence[Any]:
    row = session.execute(statement, values).first()
    if row is None:
        raise LeaseLost(f"Run {values['run_id']} is no longer this worker's.")
    return row
