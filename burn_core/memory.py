"""Memory: the facts that were learned about people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, Table, insert, select, text
from sqlalchemy.orm import Session

from db import schema

_COUNT = text("""
    SELECT thread_id, subject_id, count(*) FROM facts
    WHERE thread_id = ANY(:thread_ids) GROUP BY thread_id, subject_id
""")
_COUNT_AT = text("""
    SELECT f.thread_id, f.subject_id, count(*) FROM facts f
    JOIN events e ON e.id = f.tool_use_event_id AND e.seq <= :at
    WHERE f.thread_id = ANY(:thread_ids) GROUP BY f.thread_id, f.subject_id
""")


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
    updated_at: datetime


def add_facts(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Write down facts; the keys are the columns of the facts table."""
    if rows:
        session.execute(insert(cast(Table, schema.Fact.__table__)), rows)


def list_facts(session: Session, thread_id: UUID, limit: int = 200) -> list[Fact]:
    """The newest facts of a thread, newest first, at most limit."""
    return [Fact(*row) for row in session.execute(select_facts(thread_id, limit))]


def select_facts(thread_id: UUID, limit: int) -> Select[*tuple[Any, ...]]:
    """What list_facts reads."""
    return (
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
            schema.Fact.updated_at,
        )
        .join(schema.User, schema.User.id == schema.Fact.subject_id)
        .where(schema.Fact.thread_id == thread_id)
        .order_by(schema.Fact.inserted_at.desc(), schema.Fact.id)
        .limit(limit)
    )


def list_subjects(session: Session, thread_id: UUID) -> dict[UUID, UUID]:
    """Whom each of the thread's facts is about, by the fact's id."""
    ids = select(schema.Fact.id, schema.Fact.subject_id).where(schema.Fact.thread_id == thread_id)
    rows: Sequence[Any] = session.execute(ids).all()
    return dict(rows)


def count_facts(
    session: Session, thread_ids: Sequence[UUID], at: int | None = None
) -> dict[UUID, dict[UUID, int]]:
    """How many facts each thread knows about each subject; at counts what was known at a seq."""
    rows: Iterable[Any] = (
        session.execute(_COUNT, {"thread_ids": thread_ids})
        if at is None
        else session.execute(_COUNT_AT, {"thread_ids": thread_ids, "at": at})
    )
    counts: dict[UUID, dict[UUID, int]] = {thread_id: {} for thread_id in thread_ids}
    for thread_id, subject_id, count in rows:
        counts[thread_id][subject_id] = count
    return counts
