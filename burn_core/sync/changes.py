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


@dataclass(frozen=True, slots=True)
class Page:
    """The next changes of a batch."""

    changes: Sequence[Change]
    is_cut: bool  # it has fewer than were asked for, because they are long
    is_last: bool


def read_page(
    session: Session,
    table: str,
    subscriber: Subscriber,
    offset: Offset,
    limit: int,
    most_bytes: int,
) -> Page:
    """The next page of the batch that the offset is in. Only its last row makes it longer than
    most_bytes.
    """
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
        "most_bytes": most_bytes,
    }
    rows = session.execute(STATEMENTS[table][subscriber.user_id is None], values).all()
    is_full = bool(rows) and rows[-1].bytes >= most_bytes
    is_short = len(rows) < limit
    changes = [Change(int(xid), id, row) for xid, id, row, _ in rows]
    return Page(changes, is_cut=is_full and is_short, is_last=is_short and not is_full)


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
