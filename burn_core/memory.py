"""Memory: the facts that were learned about people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from db import schema


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as a value, with its subject's name."""

    id: UUID
    subject_id: UUID
    subject: str
    predicate: str
    object: str
    category: str
    confidence: Decimal
    disputed: bool
    source_event_id: UUID | None
    tool_use_event_id: UUID | None
    inserted_at: datetime


def add_facts(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Write down facts; the keys are the columns of the facts table."""
    if rows:
        session.execute(insert(schema.Fact), rows)


def list_facts(session: Session, thread_id: UUID, limit: int = 200) -> list[Fact]:
    """The newest facts of a thread, newest first, at most limit."""
    rows = session.execute(
        select(
            schema.Fact.id,
            schema.Fact.subject_id,
            schema.User.name,
            schema.Fact.predicate,
            schema.Fact.object,
            schema.Fact.category,
            schema.Fact.confidence,
            schema.Fact.disputed,
            schema.Fact.source_event_id,
            schema.Fact.tool_use_event_id,
            schema.Fact.inserted_at,
        )
        .join(schema.User, schema.User.id == schema.Fact.subject_id)
        .where(schema.Fact.thread_id == thread_id)
        .order_by(schema.Fact.inserted_at.desc(), schema.Fact.id)
        .limit(limit)
    )
    return [Fact(*row) for row in rows]


def count_facts(
    session: Session, thread_ids: Sequence[UUID], at: int | None = None
) -> dict[UUID, dict[UUID, int]]:
    """How many facts each thread knows about each subject; at counts what was known at a seq."""
    query = (
        select(schema.Fact.thread_id, schema.Fact.subject_id, func.count())
        .where(schema.Fact.thread_id.in_(thread_ids))
        .group_by(schema.Fact.thread_id, schema.Fact.subject_id)
    )
    if at is not None:
        query = query.join(schema.Event, schema.Event.id == schema.Fact.tool_use_event_id).where(
            schema.Event.seq <= at
        )
    counts: dict[UUID, dict[UUID, int]] = {thread_id: {} for thread_id in thread_ids}
    for thread_id, subject_id, count in session.execute(query):
        counts[thread_id][subject_id] = count
    return counts
