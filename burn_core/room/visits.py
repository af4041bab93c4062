"""Visits: who is looking at a thread right now. A row for each open tab."""

from collections.abc import Set
from uuid import UUID

from sqlalchemy import Select, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from burn_core.room.memberships import mark_read
from db import schema
from db.locks import LOCKLESS, is_gone

_visit = schema.Visit

# Of web processes that hold no lock: their visits are renewed, and stale after two more renewals.
_RENEW_SECONDS = 20
_STALE_SECONDS = 60

_RENEW = text("""
    UPDATE visits SET web = web
    WHERE web = :web AND updated_at < now() - make_interval(secs => :renew_seconds)
""")
_FIND_GONE = text(f"""
    WITH others AS (
        SELECT web, max(updated_at) AS renewed_at FROM visits WHERE web <> :web GROUP BY web
    )
    SELECT web FROM others WHERE CASE
        WHEN starts_with(web, :lockless)
            THEN renewed_at < now() - make_interval(secs => :stale_seconds)
        ELSE {is_gone("web")} END
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


def tend_visits(session: Session, web: str, suspects: Set[str]) -> set[str]:
    """Keep the visits of the process that asks, web, and delete those of suspects that are gone still.

    Returns who is gone now: next time's suspects. One whose connection was cut is soon back.
    """
    if web.startswith(LOCKLESS):
        session.execute(_RENEW, {"web": web, "renew_seconds": _RENEW_SECONDS})
    values = {"web": web, "lockless": LOCKLESS, "stale_seconds": _STALE_SECONDS}
    gone = set(session.scalars(_FIND_GONE, values))
    if gone & suspects:
        session.execute(delete(_visit).where(_visit.web.in_(gone & suspects)))
    return gone


def list_present(session: Session, thread_id: UUID) -> set[UUID]:
    """The users who are looking at the thread."""
    return set(session.scalars(select_present(thread_id)))


def select_present(thread_id: UUID) -> Select[UUID]:
    """The statement that list_present runs: a row for each tab."""
    return select(_visit.user_id).where(_visit.thread_id == thread_id)
