"""Facts: what was learned about people."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from db import schema
from db.schema import Json

# Facts that comedians can use: in force, not from somebody else, and not denied.
_USABLE = "superseded_by_id IS NULL AND forgotten_at IS NULL AND NOT hearsay AND NOT disputed"
# How many of them each thread knows about each subject.
COUNT_FACTS = text(f"""
    SELECT thread_id, subject_id, count(*) FROM facts
    WHERE thread_id = ANY(:thread_ids) AND {_USABLE} GROUP BY thread_id, subject_id
""")
_COUNT_AT = text(f"""
    SELECT f.subject_id, count(*) FROM facts f
    JOIN events e ON e.id = f.tool_use_event_id AND e.seq <= :seq
    WHERE f.thread_id = :thread_id AND {_USABLE} GROUP BY f.subject_id
""")


_NOTED = """
    noted AS (
        SELECT * FROM jsonb_to_recordset(CAST(:facts AS jsonb)) AS f(
            id uuid, thread_id uuid, subject_id uuid, source_event_id uuid, tool_use_event_id uuid,
            predicate text, object text, category text, confidence numeric, disputed boolean,
            hearsay boolean, superseded_by_id uuid, supersedes uuid[], is_new boolean)
    )
"""
_ADD = text(f"""
    WITH {_NOTED}
    INSERT INTO facts (id, thread_id, subject_id, source_event_id, tool_use_event_id, predicate,
        object, category, confidence, disputed, hearsay, superseded_by_id)
    SELECT id, thread_id, subject_id, source_event_id, tool_use_event_id, predicate,
        object, category, confidence, disputed, hearsay, superseded_by_id
    FROM noted n WHERE is_new AND NOT EXISTS (
        SELECT FROM facts f
        WHERE f.thread_id = n.thread_id AND f.subject_id = n.subject_id
            AND f.superseded_by_id IS NULL AND f.forgotten_at IS NULL AND f.id <> ALL (n.supersedes)
            AND f.predicate = n.predicate AND f.object = n.object
        OFFSET 0)  -- keeps Postgres from comparing the words of every thread's facts
""")
# Those that were just added, and those that aren't new and still in force, take the place of others.
_SUPERSEDE = text(f"""
    WITH {_NOTED}, places AS (
        SELECT n.id, n.thread_id, n.is_new, old_id FROM noted n CROSS JOIN unnest(n.supersedes) AS old_id
    )
    UPDATE facts SET superseded_by_id = p.id FROM places p JOIN facts f ON f.id = p.id
    WHERE facts.id = p.old_id AND facts.thread_id = p.thread_id AND facts.superseded_by_id IS NULL
        AND (p.is_new OR f.superseded_by_id IS NULL AND f.forgotten_at IS NULL)
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
    hearsay: bool
    confirmed_at: datetime | None
    superseded_by_id: UUID | None
    forgotten_at: datetime | None
    source_event_id: UUID | None
    tool_use_event_id: UUID | None
    inserted_at: datetime
    updated_at: datetime

    @property
    def is_in_force(self) -> bool:
        return self.superseded_by_id is None and self.forgotten_at is None


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
    schema.Fact.hearsay,
    schema.Fact.confirmed_at,
    schema.Fact.superseded_by_id,
    schema.Fact.forgotten_at,
    schema.Fact.source_event_id,
    schema.Fact.tool_use_event_id,
    schema.Fact.inserted_at,
    schema.Fact.updated_at,
)


IN_FORCE = (schema.Fact.superseded_by_id.is_(None), schema.Fact.forgotten_at.is_(None))


def add_facts(session: Session, rows: Sequence[Json]) -> None:
    """Write down facts; the keys are columns of the facts table, supersedes (the ids of other facts) and
    is_new. One that isn't new is a fact in force, which only takes the place of others.

    What somebody else has written down meanwhile in the very same words isn't written again.
    """
    if not rows:
        return
    facts = {"facts": json.dumps(rows, default=str)}
    session.execute(_ADD, facts)
    if any(row["supersedes"] for row in rows):
        session.execute(_SUPERSEDE, facts)


def list_facts(session: Session, thread_id: UUID, limit: int = 200) -> list[FactRecord]:
    """The newest facts in force of a thread, newest first, at most limit."""
    return [FactRecord(*row) for row in session.execute(select_facts(thread_id, limit))]


def select_facts(thread_id: UUID, limit: int) -> Select[*tuple[Any, ...]]:
    """The statement that list_facts runs."""
    return (
        select(*FACT_COLUMNS)
        .join(schema.Thread, schema.Thread.id == schema.Fact.thread_id)
        .join(schema.User, schema.User.id == schema.Fact.subject_id)
        .where(schema.Fact.thread_id == thread_id, *IN_FORCE)
        .order_by(schema.Fact.inserted_at.desc(), schema.Fact.id)
        .limit(limit)
    )


def list_subjects(session: Session, thread_id: UUID) -> dict[UUID, UUID]:
    """Whom each of the thread's facts is about, by the fact's id: of those in force, but hearsay."""
    ids = select(schema.Fact.id, schema.Fact.subject_id).where(
        schema.Fact.thread_id == thread_id, *IN_FORCE, ~schema.Fact.hearsay
    )
    rows: Sequence[Any] = session.execute(ids).all()
    return dict(rows)


def count_facts_at(session: Session, thread_id: UUID, seq: int) -> dict[UUID, int]:
    """How many facts the thread knew about each subject at a seq."""
    values = {"thread_id": thread_id, "seq": seq}
    rows: Sequence[Any] = session.execute(_COUNT_AT, values).all()
    return dict(rows)
