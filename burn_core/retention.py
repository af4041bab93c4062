"""Forgetting: what nobody has used for long, where the operator wants that; and old traces."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from db import schema

# A day longer than an offset is good for (burn_core/sync/offset.py).
_DELETIONS_KEPT_DAYS = 8


def forget(session: Session, retention_hours: float) -> int:
    """Delete threads without a change, and people without a thread, for so many hours.

    Hosts stay, or whoever signs up next would be one. Returns the number of threads deleted.
    0 hours means to keep everything.
    """
    if not retention_hours:
        return 0
    since = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, retention_hours * 3600)
    deleted = session.scalars(
        delete(schema.Thread).where(schema.Thread.updated_at < since).returning(schema.Thread.id)
    ).all()
    session.execute(
        delete(schema.User).where(
            schema.User.type == "human",
            ~schema.User.is_host,
            schema.User.updated_at < since,
            schema.User.id.not_in(select(schema.Membership.user_id)),
        )
    )
    return len(deleted)


def forget_deletions(session: Session) -> None:
    """Delete the traces of what was deleted, once nobody who follows the rows needs them."""
    since = func.now() - func.make_interval(0, 0, 0, _DELETIONS_KEPT_DAYS)
    session.execute(delete(schema.Deletion).where(schema.Deletion.inserted_at < since))
