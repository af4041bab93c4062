"""The timeline of a thread: when people spoke and agents acted, and how long the runs took."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, select, true
from sqlalchemy.orm import Session

from burn_core.events import EventType
from burn_core.explore.events import EventFilter, select_events
from burn_core.explore.search import Statement, select_visible_threads
from burn_core.room.transcript import select_last_runs
from burn_core.runs.record import RunRecord, list_run_columns
from db import schema

MOST_EVENTS = 500
MOST_RUNS_OF_EACH = 200
_Event, _Run, _User = schema.Event, schema.Run, schema.User


@dataclass(frozen=True, slots=True)
class Moment:
    """An event in its author's lane."""

    seq: int
    author: str
    is_agent: bool
    type: str
    what: str  # the tool, the action or the type
    at: datetime


def select_moments(user_id: UUID, filter: EventFilter) -> Statement:
    """The newest events of the filter's threads and times, newest first, with the columns of
    Moment. The rest of the filter is ignored: a timeline shows everything that happened.
    """
    newest = select_events(user_id, _take_window(filter), limit=MOST_EVENTS)
    what = case(
        (_Event.type == EventType.TOOL_USE, _Event.data["name"].as_string()),
        (_Event.type == EventType.SYSTEM, _Event.data["action"].as_string()),
        else_=_Event.type,
    )
    return newest.with_only_columns(
        _Event.seq,
        _User.name.label("author"),
        (_User.type == "agent").label("is_agent"),
        _Event.type,
        what.label("what"),
        _Event.inserted_at,
        maintain_column_froms=True,
    )


def select_runs(user_id: UUID, filter: EventFilter) -> Statement:
    """The newest runs of each agent in the filter's one thread and times, newest first, with the
    columns of RunRecord.
    """
    (thread_id,) = filter.thread_ids
    conditions: list[ColumnElement[bool]] = [_Run.thread_id.in_(select_visible_threads(user_id))]
    if filter.since is not None:
        conditions.append(_Run.started_at >= filter.since)
    if filter.until is not None:
        conditions.append(_Run.started_at < filter.until)
    runs = select_last_runs(thread_id, MOST_RUNS_OF_EACH, *conditions)
    columns: Any = list_run_columns(runs.c)
    return (
        select(*columns)
        .join_from(_User, runs, true())
        .join(schema.Agent, schema.Agent.id == runs.c.agent_id)
        .where(_User.type == "agent")
        .order_by(runs.c.started_at.desc(), runs.c.id)
    )


def list_moments(session: Session, statement: Statement) -> list[Moment]:
    return [Moment(*row) for row in session.execute(statement)]


def list_runs(session: Session, statement: Statement) -> list[RunRecord]:
    return [RunRecord(*row) for row in session.execute(statement)]


def _take_window(filter: EventFilter) -> EventFilter:
    return EventFilter(filter.thread_ids, since=filter.since, until=filter.until)
