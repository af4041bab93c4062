"""Retention: deleting threads that nobody uses, if the operator wants that, and what is outdated."""

from sqlalchemy import Delete, delete, exists, func, select
from sqlalchemy.orm import Session

from db import schema

# A day longer than an offset is valid (burn_core/sync/offset.py).
_DELETIONS_KEPT_DAYS = 8


def delete_unused(session: Session, retention_hours: float, most: int = 100) -> int:
    """Delete threads that haven't changed for that many hours, at most so many of them, and people
    left without a thread.

    Hosts stay, or the next person to sign up would become one. Returns how many threads were
    deleted. 0 hours keeps everything.
    """
    if not retention_hours:
        return 0
    since = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, retention_hours * 3600)
    deleted = session.scalars(
        delete(schema.Thread)
        .where(
            schema.Thread.id.in_(
                select(schema.Thread.id).where(schema.Thread.updated_at < since).limit(most)
            )
        )
        .returning(schema.Thread.id)
    ).all()
    session.execute(
        delete(schema.User).where(
            schema.User.type == "human",
            ~schema.User.is_host,
            schema.User.updated_at < since,
            ~exists().where(schema.Membership.user_id == schema.User.id),
            # What they said in a thread that others are still in would go with them.
            ~exists().where(schema.Event.user_id == schema.User.id),
        )
    )
    return len(deleted)


def delete_old_traces(session: Session) -> None:
    """Delete the traces of deleted rows that no offset can refer to any longer, and old tickets."""
    since = func.now() - func.make_interval(0, 0, 0, _DELETIONS_KEPT_DAYS)
    for row in (schema.Deletion, schema.Ticket):
        _delete(session, delete(row).where(row.inserted_at < since))


def delete_old_circuits(session: Session) -> None:
    """Delete the circuits of endpoints that nobody asks any longer."""
    since = func.now() - func.make_interval(0, 0, 0, 0, 1)
    session.execute(delete(schema.Circuit).where(schema.Circuit.updated_at < since))


def delete_old_spending(session: Session) -> None:
    """Delete what was spent on days that no cap counts any longer."""
    since = func.now() - func.make_interval(0, 0, 0, 2)
    session.execute(delete(schema.Spending).where(schema.Spending.hour < since))


def delete_old_limits(session: Session) -> None:
    """Delete the limits of those who have waited until nothing counts any longer."""
    _delete(session, delete(schema.Limit).where(schema.Limit.free_at < func.now()))


def _delete(session: Session, rows: Delete) -> None:
    """SQLAlchemy would ask for their ids, which workers can't read of tickets."""
    session.execute(rows, execution_options={"synchronize_session": False})
