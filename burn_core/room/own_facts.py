"""What people do about facts about themselves: confirm, dispute and forget them.

The database makes sure that it is the person concerned (db/own_facts.sql); begin raises Refused if not.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from burn_core.events import EventType, append_event, fact_data
from burn_core.facts import FactRecord
from db import schema


def confirm_fact(session: Session, user_id: UUID, fact: FactRecord) -> None:
    """Say that it is so. It is no longer disputed, nor hearsay."""
    data = fact_data("confirmed", fact.id)
    append_event(session, fact.thread_id, user_id, EventType.SYSTEM, data)


def dispute_fact(session: Session, user_id: UUID, fact: FactRecord) -> None:
    """Say that it isn't so. It stays, and is marked in whatever models read from now on."""
    data = fact_data("disputed", fact.id)
    append_event(session, fact.thread_id, user_id, EventType.SYSTEM, data)


def forget_fact(session: Session, fact_id: UUID) -> None:
    """Remove its words from every row that carried them, except other people's messages, for good.

    The visitor has to be the person concerned: Burn's own role can't do it for them.
    """
    session.execute(select(func.burn_forget(fact_id)))


def find_forgotten_at(session: Session, thread_id: UUID) -> datetime | None:
    """When words in the thread were last forgotten."""
    return session.scalar(select(schema.Thread.forgotten_at).where(schema.Thread.id == thread_id))
