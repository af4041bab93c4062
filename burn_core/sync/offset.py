"""Offsets: how far a client has read, as text that the client keeps."""

import re
import time
from dataclasses import dataclass, field, replace
from uuid import UUID

from burn_core.errors import BadQuestion, MustRefetch

START_OVER = "Drop what you have, and begin again without an offset."
# Deletions are kept a day longer (burn_core/retention.py), as clocks differ and changes take time.
GOOD_FOR_DAYS = 7
# A snapshot of Postgres (lowest:next:open transactions) that shows nothing.
NOTHING = "1:1:"
_SNAPSHOT = r"([0-9]{1,18}:[0-9]{1,18}:[0-9,]*)"
_OFFSET = re.compile(
    f"{_SNAPSHOT}_{_SNAPSHOT}?_([0-9]{{1,18}})_([0-9a-f]{{32}})_([0-9]{{1,12}})_([0-9a-f]{{8}})"
)
_NO_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Offset:
    """A place in the batch from one snapshot to another. Without until, that has yet to begin."""

    signature: str  # of the reader and table that it is for
    since: str = NOTHING
    until: str = ""
    xid: int = 0
    id: UUID = _NO_ID
    # No later than since: in seconds, and long before they matter deletions are forgotten.
    taken_at: int = field(default_factory=lambda: int(time.time()))

    def begin(self, until: str) -> "Offset":
        return replace(self, until=until)

    def move(self, xid: int, id: UUID) -> "Offset":
        return replace(self, xid=xid, id=id)

    def end(self, taken_at: int) -> "Offset":
        """The batch has been read. taken_at is when until was taken."""
        return Offset(self.signature, since=self.until, taken_at=taken_at)

    @property
    def is_first(self) -> bool:
        """Whether the client had nothing before this batch."""
        return self.since == NOTHING

    def __str__(self) -> str:
        place = f"{self.since}_{self.until}_{self.xid}_{self.id.hex}"
        return f"{place}_{self.taken_at}_{self.signature}"


def read_offset(text: str) -> Offset:
    """Raises BadQuestion."""
    parts = _OFFSET.fullmatch(text)
    if parts is None:
        raise BadQuestion("offset takes what came as offset in the last line that you read.")
    since, until, xid, id, taken_at, signature = parts.groups(default="")
    return Offset(signature, since, until, int(xid), UUID(id), int(taken_at))


def check_age(offset: Offset) -> None:
    """Raises MustRefetch if what was deleted since may have been forgotten."""
    if offset.taken_at < time.time() - GOOD_FOR_DAYS * 86_400:
        raise MustRefetch(f"That offset is more than {GOOD_FOR_DAYS} days old. {START_OVER}")
