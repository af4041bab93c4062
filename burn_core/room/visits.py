"""Visits: who is looking at a thread right now. A row for each open tab."""

from uuid import UUID

from sqlalchemy import Select, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from burn_core.room.memberships import mark_read
from db import schema
from db.locks import is_gone

_visit = schema.Visit

_DELETE_STALE = text(f"""
    WITH gone AS MATERIALIZED (
        SELECT web FROM (SELECT DISTINCT web FROM visits WHERE web <> :web) AS others
        WHERE {is_gone("web")}
    )
    DELETE FROM visits WHERE web IN (SELECT web FROM gone)
""")


def begin_visit(session: Session, thread_id: UUID, user_id: UUID, web: str) -> UUID:
    """Returns the visit's id. web is the process that serves the tab: if it dies, the visit ends."""
    visit_id: UUID = session.scalars(
        insert(_visit).values(thread_id=thread_id, user_id=user_id, web=web).returning(_visit.id)
    ).one()
    return visit_id


def end_visit(session: Session, visit_id: UUID) -> None:
    """The tab no longer shows the thread. What was in it until now counts as read."""
    ended = session.execute(
        delete(_visit).where(_visit.id == visit_id).returning(_visit.thread_id, _visit.user_id)
    ).one_or_none()
    if ended is not None:
        mark_read(session, *ended)


def delete_stale_visits(session: Session, web: str) -> None:
    """Delete the visits of processes that died. web is the process that asks."""
    session.execute(_DELETE_STALE, {"web": web})


def list_present(session: Session, thread_id: UUID) -> set[UUID]:
    """The users who are looking at the thread."""
    return set(session.scalars(select_present(thread_id)))


def select_present(thread_id: UUID) -> Select[UUID]:
    """The statement that list_present runs: a row for each tab."""
    return select(_visit.user_id).where(_visit.thread_id == thread_id)
