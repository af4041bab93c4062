"""Facts: what was learned about people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, Table, insert, select, text
from sqlalchemy.orm import Session

from db import schema

# How many facts each thread knows about each subject.
COUNT_FACTS = text("""
    SELECT thread_id, subject_id, count(*) FROM facts
    WHERE thread_id = ANY(:thread_ids) GROUP BY thread_id, subject_id
""")
_COUNT_AT = text("""
    SELECT f.subject_id, count(*) FROM facts f
    JOIN events e ON e.id = f.tool_use_event_id AND e.seq <= :seq
    WHERE f.thread_id = :thread_id GROUP BY f.subject_id
""")


@dataclass(frozen=True, slots=True)
class FactRecord:
    """A fact as it is read back, with the names of its thread and subject."""

    id: UUID
    thread_id: UUID
    thread: str
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
    updated_at: datetime


# From a fact joined with its thread and subject.
FACT_COLUMNS = (
    schema.Fact.id,
    schema.Fact.thread_id,
    schema.Thread.name.label("thread"),
    schema.Fact.subject_id,
    schema.User.name.label("subject"),
    schema.Fact.predicate,
    schema.Fact.object,
    schema.Fact.category,
    schema.Fact.confidence,
    schema.Fact.disputed,
    schema.Fact.source_event_id,
    schema.Fact.tool_use_event_id,
    schema.Fact.inserted_at,
    schema.Fact.updated_at,
)


def add_facts(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Write down facts; the keys are the columns of the facts table."""
    if rows:
        session.execute(insert(cast(Table, schema.Fact.__table__)), rows)


def list_facts(session: Session, thread_id: UUID, limit: int = 200) -> list[FactRecord]:
    """The newest facts of a thread, newest first, at most limit."""
    return [FactRecord(*row) for row in session.execute(select_facts(thread_id, limit))]


def select_facts(thread_id: UUID, limit: int) -> Select[*tuple[Any, ...]]:
    """The statement that list_facts runs."""
    return (
        select(*FACT_COLUMNS)
        .join(schema.Thread, schema.Thread.id == schema.Fact.thread_id)
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


def count_facts_at(session: Session, thread_id: UUID, seq: int) -> dict[UUID, int]:
    """How many facts the thread knew about each subject at a seq."""
    values = {"thread_id": thread_id, "seq": seq}
    rows: Sequence[Any] = session.execute(_COUNT_AT, values).all()
    return dict(rows)
