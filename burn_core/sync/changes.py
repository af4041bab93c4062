"""What is new to a subscriber: a page of a batch, and the horizons that batches lie between."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from burn_core.errors import MustRefetch
from burn_core.sync.offset import START_OVER, Offset
from burn_core.sync.statements import STATEMENTS
from burn_core.sync.subscriber import Subscriber


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it is now, in JSON; None if the subscriber no longer sees it."""

    xid: int
    id: UUID
    row: str | None


def list_changes(
    session: Session, table: str, subscriber: Subscriber, offset: Offset, limit: int
) -> Sequence[Change]:
    """The next page of the batch that the offset is in."""
    # A generic plan would be a bad one: how much is new makes all the difference.
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    values = {
        "user_id": subscriber.user_id,
        "thread_id": subscriber.thread_id,
        "since": offset.since,
        "until": offset.until,
        "is_first": offset.is_first,
        "xid": str(offset.xid),
        "id": offset.id,
        "limit": limit,
    }
    rows = session.execute(STATEMENTS[table][subscriber.user_id is None], values)
    return [Change(int(xid), id, row) for xid, id, row in rows]


def take_horizon(session: Session) -> str:
    """What is committed at this moment: a pg_snapshot, as text."""
    return str(session.scalar(text("SELECT pg_current_snapshot()::text")))


def check_horizons(session: Session, offset: Offset) -> None:
    """Raises MustRefetch if the offset's horizons are another server's, or from a future that this
    server lost when it was restored from a backup.
    """
    is_known = text(
        "SELECT pg_snapshot_xmax(CAST(:since AS pg_snapshot)) <= now AND"
        " pg_snapshot_xmax(CAST(:until AS pg_snapshot)) <= now"
        " FROM pg_snapshot_xmax(pg_current_snapshot()) now"
    )
    horizons = {"since": offset.since, "until": offset.until or offset.since}
    if not session.scalar(is_known, horizons):
        raise MustRefetch("This server has never been where that offset is. " + START_OVER)
