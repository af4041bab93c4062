"""What is new to a reader: a page of a batch, and the snapshots between which batches are."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from burn_core.errors import BadQuestion, MustRefetch
from burn_core.sync.offset import START_OVER, Offset
from burn_core.sync.statements import STATEMENTS
from burn_core.sync.subscriber import Reader


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it is now, in JSON; or None where the reader no longer sees it."""

    xid: int
    id: UUID
    row: str | None


def list_changes(
    session: Session, table: str, reader: Reader, offset: Offset, limit: int
) -> Sequence[Change]:
    """The next page of the batch that the offset is in."""
    # A plan for any values is a bad one here: how much is new makes all the difference.
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    values = {
        "user_id": reader.user_id,
        "thread_id": reader.thread_id,
        "since": offset.since,
        "until": offset.until,
        "is_first": offset.is_first,
        "xid": str(offset.xid),
        "id": offset.id,
        "limit": limit,
    }
    rows = session.execute(STATEMENTS[table][reader.user_id is None], values)
    return [Change(int(xid), id, row) for xid, id, row in rows]


def take_snapshot(session: Session) -> str:
    """What is committed at this moment: pg_snapshot, as text."""
    return str(session.scalar(text("SELECT pg_current_snapshot()::text")))


def check_offset(session: Session, offset: Offset) -> None:
    """Raises BadQuestion where it holds what no snapshot is, MustRefetch where it holds snapshots
    of another server, or of what this one was before it was restored.
    """
    is_known = text(
        "SELECT pg_snapshot_xmax(CAST(:since AS pg_snapshot)) <= now AND"
        " pg_snapshot_xmax(CAST(:until AS pg_snapshot)) <= now"
        " FROM pg_snapshot_xmax(pg_current_snapshot()) now"
    )
    snapshots = {"since": offset.since, "until": offset.until or offset.since}
    try:
        if not session.scalar(is_known, snapshots):
            raise MustRefetch("The server has not been where that offset is. " + START_OVER)
    except DataError as error:
        raise BadQuestion(f"offset is not as it was sent: {error.orig}") from error
