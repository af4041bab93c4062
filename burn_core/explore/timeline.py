"""The timeline of a thread: when people spoke and agents acted, and how long the runs took."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, select, true
from sqlalchemy.orm import Session

from burn_core.events import EventType
from burn_core.explore.events import EventFilter, select_events
from burn_core.explore.search import Statement, list_visible_threads
from db import schema

MOST_EVENTS = 500
MOST_RUNS_OF_EACH = 200
_Event, _Run, _User = schema.Event, schema.Run, schema.User


@dataclass(frozen=True, slots=True)
class Moment:
    """An event in its author's lane. what is its type, its tool or its action."""

    seq: int
    author: str
    is_agent: bool
    type: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A run in its agent's lane. It has no end while it runs."""

    agent: str
    from_seq: int
    to_seq: int
    status: str
    reason: str
    started_at: datetime
    finished_at: datetime | None


_RUN_COLUMNS = (
    _Run.from_seq,
    _Run.to_seq,
    _Run.status,
    _Run.reason,
    _Run.started_at,
    _Run.finished_at,
)


def select_moments(user_id: UUID, filter: EventFilter) -> Statement:
    """The newest events of the filter's threads and times, newest first, with the columns of
    Moment. What else the filter says doesn't count: a timeline is of all that happened.
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


def select_spans(user_id: UUID, filter: EventFilter) -> Statement:
    """The newest runs of each agent in the filter's one thread and times, with the columns of
    Span. By the index that leads to an agent's last runs, however many there are in the thread.
    """
    (thread_id,) = filter.thread_ids
    runs = (
        select(*_RUN_COLUMNS)
        .where(
            _Run.thread_id == thread_id,
            _Run.user_id == _User.id,
            _Run.thread_id.in_(list_visible_threads(user_id)),
        )
        .order_by(_Run.to_seq.desc(), _Run.started_at.desc())
        .limit(MOST_RUNS_OF_EACH)
    )
    if filter.since is not None:
        runs = runs.where(_Run.started_at >= filter.since)
    if filter.until is not None:
        runs = runs.where(_Run.started_at < filter.until)
    newest = runs.correlate(_User).lateral("newest")
    return (
        select(_User.name.label("agent"), *newest.c)
        .join(newest, true())
        .where(_User.type == "agent")
        .order_by(newest.c.started_at.desc())
    )


def list_moments(session: Session, moments: Statement) -> list[Moment]:
    rows: Iterable[Any] = session.execute(moments)
    return [Moment(*row) for row in rows]


def list_spans(session: Session, spans: Statement) -> list[Span]:
    rows: Iterable[Any] = session.execute(spans)
    return [Span(*row) for row in rows]


def _take_window(filter: EventFilter) -> EventFilter:
    return EventFilter(filter.thread_ids, since=filter.since, until=filter.until)
