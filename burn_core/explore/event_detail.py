"""What belongs to one event: the run that made it, and the facts drawn from it."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from burn_core.explore.search import Statement, select_visible_threads
from burn_core.facts import FACT_COLUMNS, FactRecord
from burn_core.runs.record import RunRecord, list_run_columns
from db import schema

MOST_FACTS = 100
_Run, _Fact = schema.Run, schema.Fact


def select_making_run(user_id: UUID, event_id: UUID) -> Statement:
    """The run that made the event, with the columns of RunRecord."""
    columns: Any = list_run_columns()
    return (
        select(*columns)
        .join(schema.User, schema.User.id == _Run.user_id)
        .join(schema.Agent, schema.Agent.id == _Run.agent_id)
        .where(
            _Run.tool_use_event_id == event_id,
            _Run.thread_id.in_(select_visible_threads(user_id)),
        )
    )


def find_making_run(session: Session, user_id: UUID, event_id: UUID) -> RunRecord | None:
    row = session.execute(select_making_run(user_id, event_id)).first()
    return None if row is None else RunRecord(*row)


def select_linked_facts(user_id: UUID, event_id: UUID) -> Statement:
    """The facts whose source is the event, or that it wrote down, with the columns of FactRecord.

    Oldest first, at most MOST_FACTS.
    """
    return (
        select(*FACT_COLUMNS)
        .join(schema.Thread, schema.Thread.id == _Fact.thread_id)
        .join(schema.User, schema.User.id == _Fact.subject_id)
        .where(
            or_(_Fact.source_event_id == event_id, _Fact.tool_use_event_id == event_id),
            _Fact.thread_id.in_(select_visible_threads(user_id)),
        )
        .order_by(_Fact.inserted_at, _Fact.id)
        .limit(MOST_FACTS)
    )


def list_linked_facts(session: Session, user_id: UUID, event_id: UUID) -> list[FactRecord]:
    return [FactRecord(*row) for row in session.execute(select_linked_facts(user_id, event_id))]
