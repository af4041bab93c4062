"""Offsets: how far a client has read, as text that the client keeps."""

import re
import time
from dataclasses import dataclass, field, replace
from uuid import UUID

from burn_core.errors import BadRequest, MustRefetch

START_OVER = "Drop what you have, and start again without an offset."
# Deletions are kept a day longer (burn_core/retention.py): clocks differ, and changes take time.
GOOD_FOR_DAYS = 7
# A horizon is a pg_snapshot of Postgres as text: lowest:next:open transactions. This one shows
# nothing.
NOTHING = "1:1:"
_XID = "[0-9]{1,18}"
_HORIZON = f"({_XID}:{_XID}:(?:{_XID}(?:,{_XID})*)?)"
_OFFSET = re.compile(
    f"{_HORIZON}_{_HORIZON}?_({_XID})_([0-9a-f]{{32}})_([0-9]{{1,12}})_([0-9a-f]{{8}})"
)
_NO_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Offset:
    """A place in the batch from one horizon to another. until is empty before a batch begins."""

    fingerprint: str  # of the subscriber and table that it is for
    since: str = NOTHING
    until: str = ""
    xid: int = 0
    id: UUID = _NO_ID
    # Unix time in seconds, no later than since: tells when deletions have been forgotten.
    taken_at: int = field(default_factory=lambda: int(time.time()))

    def begin(self, until: str) -> "Offset":
        return replace(self, until=until)

    def move(self, xid: int, id: UUID) -> "Offset":
        return replace(self, xid=xid, id=id)

    def end(self, taken_at: int) -> "Offset":
        """The start of the next batch. taken_at is when until was taken."""
        return Offset(self.fingerprint, since=self.until, taken_at=taken_at)

    @property
    def is_first(self) -> bool:
        """Whether the client had nothing before this batch."""
        return self.since == NOTHING

    def __str__(self) -> str:
        place = f"{self.since}_{self.until}_{self.xid}_{self.id.hex}"
        return f"{place}_{self.taken_at}_{self.fingerprint}"


def read_offset(text: str) -> Offset:
    """The offset that str() wrote. Raises BadRequest."""
    parts = _OFFSET.fullmatch(text)
    if parts is None:
        raise _bad_offset()
    since, until, xid, id, taken_at, fingerprint = parts.groups(default="")
    if not _is_horizon(since) or (until and not _is_horizon(until)):
        raise _bad_offset()
    return Offset(fingerprint, since, until, int(xid), UUID(id), int(taken_at))


def check_age(offset: Offset) -> None:
    """Raises MustRefetch if deletions since then may have been forgotten."""
    if offset.taken_at < time.time() - GOOD_FOR_DAYS * 86_400:
        raise MustRefetch(f"That offset is more than {GOOD_FOR_DAYS} days old. {START_OVER}")


def _is_horizon(text: str) -> bool:
    """Whether Postgres accepts it as a pg_snapshot."""
    lowest, next, open = text.split(":")
    xids = [int(xid) for xid in open.split(",") if xid]
    in_range = all(int(lowest) <= xid < int(next) for xid in xids)
    return 0 < int(lowest) <= int(next) and in_range and xids == sorted(xids)


def _bad_offset() -> BadRequest:
    return BadRequest("offset takes the offset of the last line that you read.")
