"""Which events the page shows."""

from dataclasses import dataclass
from typing import ClassVar, Self
from uuid import UUID

from burn_core.explore.events import EVENTS, EventFilter
from burn_core.room.access import read_key
from pages.ui.shared import address
from pages.ui.shared.address import Parse
from pages.ui.shared.browse import Choice
from pages.ui.shared.visitor import get_visitor


@dataclass(frozen=True)
class EventChoice(Choice):
    table = EVENTS
    page_size = 100
    parts: ClassVar[dict[str, Parse]] = {
        "since": address.parse_time,
        "until": address.parse_time,
        "order": {"newest": True, "oldest": False}.get,
        "after": read_key,
        "event": read_key,
    }

    filter: EventFilter
    event_id: UUID | None  # the open event

    @classmethod
    def read(cls) -> Self:
        return cls(
            user_id=get_visitor().id,
            filter=EventFilter(
                words=address.read_text("words"),
                since=cls.read_part("since"),
                until=cls.read_part("until"),
                **cls.read_facets(),
            ),
            is_descending=cls.read_part("order", True),
            after_id=cls.read_part("after"),
            event_id=cls.read_part("event"),
        )
