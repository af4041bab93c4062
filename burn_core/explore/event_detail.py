"""One event with all that hangs on it: the run that made it, and the facts drawn from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from burn_core.explore.events import FOUND_COLUMNS, FoundEvent
from burn_core.explore.search import Statement, list_visible_threads
from db import schema
from db.schema import Json

MOST_FACTS = 100
_Run, _Fact = schema.Run, schema.Fact


@dataclass(frozen=True, slots=True)
class MakingRun:
    """The run in which an agent made an event."""

    id: UUID
    agent: str
    agent_version: int
    from_seq: int
    to_seq: int
    status: str
    reason: str
    reason_data: Json
    attempts: int
    model: str | None
    prompt_sha256: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkedFact:
    """A fact that an event is the source of, or that it wrote down."""

    id: UUID
    subject: str
    predicate: str
    object: str
    category: str
    confidence: Decimal
    disputed: bool
    is_source: bool  # else it is the tool use that wrote it down


_RUN_COLUMNS = (
    _Run.id,
    schema.User.name.label("agent"),
    schema.Agent.version.label("agent_version"),
    _Run.from_seq,
    _Run.to_seq,
    _Run.status,
    _Run.reason,
    _Run.reason_data,
    _Run.attempts,
    _Run.model,
    _Run.prompt_sha256,
    _Run.input_tokens,
    _Run.output_tokens,
    _Run.cache_creation_input_tokens,
    _Run.cache_read_input_tokens,
    _Run.started_at,
    _Run.finished_at,
)


def select_event(user_id: UUID, event_id: UUID) -> Statement:
    """The event, if it is in a thread of the person's, with the columns of FoundEvent."""
    return (
        select(*FOUND_COLUMNS)
        .join(schema.Thread, schema.Thread.id == schema.Event.thread_id)
        .join(schema.User, schema.User.id == schema.Event.user_id)
        .where(
            schema.Event.id == event_id,
            schema.Event.thread_id.in_(list_visible_threads(user_id)),
        )
    )


def select_making_run(user_id: UUID, event_id: UUID) -> Statement:
    """The run that made the event, with the columns of MakingRun."""
    return (
        select(*_RUN_COLUMNS)
        .join(schema.User, schema.User.id == _Run.user_id)
        .join(schema.Agent, schema.Agent.id == _Run.agent_id)
        .where(
            _Run.tool_use_event_id == event_id,
            _Run.thread_id.in_(list_visible_threads(user_id)),
        )
    )


def select_linked_facts(user_id: UUID, event_id: UUID) -> Statement:
    """The facts drawn from the event or written down by it, with the columns of LinkedFact."""
    return (
        select(
            _Fact.id,
            schema.User.name.label("subject"),
            _Fact.predicate,
            _Fact.object,
            _Fact.category,
            _Fact.confidence,
            _Fact.disputed,
            _Fact.source_event_id.is_not_distinct_from(event_id).label("is_source"),
        )
        .join(schema.User, schema.User.id == _Fact.subject_id)
        .where(
            or_(_Fact.source_event_id == event_id, _Fact.tool_use_event_id == event_id),
            _Fact.thread_id.in_(list_visible_threads(user_id)),
        )
        .order_by(_Fact.inserted_at, _Fact.id)
        .limit(MOST_FACTS)
    )


def find_event(session: Session, user_id: UUID, event_id: UUID) -> FoundEvent | None:
    row: Any = session.execute(select_event(user_id, event_id)).one_or_none()
    return None if row is None else FoundEvent(*row)


def find_making_run(session: Session, user_id: UUID, event_id: UUID) -> MakingRun | None:
    row: Any = session.execute(select_making_run(user_id, event_id)).first()
    return None if row is None else MakingRun(*row)


def list_linked_facts(session: Session, user_id: UUID, event_id: UUID) -> list[LinkedFact]:
    rows: Iterable[Any] = session.execute(select_linked_facts(user_id, event_id))
    return [LinkedFact(*row) for row in rows]
