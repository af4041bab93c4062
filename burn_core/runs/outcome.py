"""The outcomes of runs, written in one transaction.

Each statement finds a run only while its worker holds it. A worker that was presumed dead writes
nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID, uuid4

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from burn_core.facts import add_facts
from burn_core.runs import circuit
from burn_core.runs.progress import CutOff, Done, Failed, Outcome, Progress, Retrying
from burn_core.runs.status import Status
from burn_core.tools import ToolCall
from db.schema import Json

# The runs, with their progress, as both statements read them.
_ENDED = """
    ended AS (
        SELECT * FROM jsonb_to_recordset(CAST(:runs AS jsonb)) AS e(
            run_id uuid, worker text, event_id uuid, data jsonb, status text, error text,
            endpoint text, asked_model text, attempts int, prompt_sha256 text, model text,
            input_tokens int, output_tokens int, cache_creation_input_tokens int,
            cache_read_input_tokens int)
    )
"""
_PROGRESS = """
    attempts = e.attempts, prompt_sha256 = e.prompt_sha256, model = coalesce(e.model, runs.model),
    input_tokens = e.input_tokens, output_tokens = e.output_tokens,
    cache_creation_input_tokens = e.cache_creation_input_tokens,
    cache_read_input_tokens = e.cache_read_input_tokens
"""

# Locks are taken in one order (db/locks.py): the runs' rows, then their threads'.
_DONE = text(f"""
    WITH {_ENDED}, held AS (
        SELECT r.thread_id, r.user_id, e.event_id, e.data FROM ended e JOIN runs r ON r.id = e.run_id
        WHERE r.status = 'running' AND r.worker = e.worker ORDER BY r.thread_id, r.id FOR UPDATE OF r
    ), event AS (
        INSERT INTO events (id, thread_id, user_id, type, data)
        SELECT event_id, thread_id, user_id, 'tool_use', data FROM held
        RETURNING id
    ), closed AS (
        DELETE FROM circuits USING ended e JOIN event ON event.id = e.event_id
        WHERE circuits.endpoint = e.endpoint AND circuits.model = e.asked_model
    )
    UPDATE runs SET status = 'done', tool_use_event_id = event.id, error = NULL,
        finished_at = clock_timestamp(), {_PROGRESS}
    FROM ended e JOIN event ON event.id = e.event_id WHERE runs.id = e.run_id
    RETURNING runs.id
""")

_NOT_DONE = text(f"""
    WITH {_ENDED}
    UPDATE runs SET status = e.status, error = e.error,
        finished_at = CASE e.status WHEN 'failed' THEN clock_timestamp() END, {_PROGRESS}
    FROM ended e WHERE runs.id = e.run_id AND runs.status = 'running' AND runs.worker = e.worker
    RETURNING runs.id
""")


def write_outcomes(session: Session, outcomes: Sequence[tuple[Progress, Outcome]]) -> set[UUID]:
    """Write them. Returns the ids of the runs that were still their worker's: nothing else is written.

    Circuits are locked last, as everywhere.
    """
    done = [(run, outcome.call) for run, outcome in outcomes if isinstance(outcome, Done)]
    others = [(run, outcome) for run, outcome in outcomes if not isinstance(outcome, Done)]
    written = _write_others(session, others)
    written |= _write_done(session, done)
    for run, outcome in others:
        if isinstance(outcome, Failed) and outcome.model_answered and run.run_id in written:
            circuit.close(session, run.endpoint, run.asked_model)
    return written


def _write_others(
    session: Session, others: Sequence[tuple[Progress, Retrying | Failed | CutOff]]
) -> set[UUID]:
    rows = [
        _make_row(
            run,
            status=Status.RUNNING if isinstance(outcome, Retrying) else Status.FAILED,
            error=outcome.error,
        )
        for run, outcome in others
    ]
    written = _write(session, _NOT_DONE, rows)
    for run, outcome in others:
        if isinstance(outcome, CutOff) and run.run_id in written:
            circuit.wait_until_closed(session, run.run_id)
    return written


def _write_done(session: Session, done: Sequence[tuple[Progress, ToolCall]]) -> set[UUID]:
    """Append the tool uses as the agents' events, and write the facts that come of them."""
    event_ids = {run.run_id: uuid4() for run, _ in done}
    rows = [_make_row(run, event_id=event_ids[run.run_id], data=call.data) for run, call in done]
    written = _write(session, _DONE, rows)
    facts = [
        fact
        for run, call in done
        if run.run_id in written
        for fact in call.list_facts(run.thread_id, event_ids[run.run_id])
    ]
    add_facts(session, facts)
    return written


def _make_row(run: Progress, **values: object) -> Json:
    row = asdict(run)
    return {**row.pop("usage"), **row, **values}


def _write(session: Session, statement: TextClause, rows: Sequence[Json]) -> set[UUID]:
    if not rows:
        return set()
    return set(session.scalars(statement, {"runs": json.dumps(rows, default=str)}))
