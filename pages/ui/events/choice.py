"""Which events the page shows: what its address says."""

from dataclasses import dataclass
from uuid import UUID

from burn_core.events import EventType
from burn_core.explore.events import EventFilter
from burn_core.room.access import read_key
from burn_core.room.threads import list_threads
from db.connection import begin
from pages.ui.shared import address
from pages.ui.shared.resources import get_engine

ORDERS = {"newest": "Newest first", "oldest": "Oldest first"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address asks for."""

    filter: EventFilter
    is_descending: bool
    after_id: UUID | None  # the event that the page follows
    event_id: UUID | None  # the event that is open


def read_choice() -> Choice:
    filter = EventFilter(
        thread_ids=address.read_ids("thread"),
        types=tuple(type for type in address.read_texts("type") if type in set(EventType)),
        author_ids=address.read_ids("author"),
        tools=address.read_texts("tool"),
        since=address.read_time("since"),
        until=address.read_time("until"),
        words=address.read_text("words"),
    )
    return Choice(
        filter,
        address.read_text("order") != "oldest",
        read_key(address.read_text("after")),
        read_key(address.read_text("event")),
    )


def list_misread(choice: Choice) -> list[str]:
    """The names in the address with a value that makes no sense, and that counts for nothing."""
    filter = choice.filter
    understood = {
        "thread": len(filter.thread_ids),
        "type": len(filter.types),
        "author": len(filter.author_ids),
        "since": filter.since is not None,
        "until": filter.until is not None,
        "order": address.read_text("order") in ORDERS,
        "after": choice.after_id is not None,
        "event": choice.event_id is not None,
    }
    return [name for name, count in understood.items() if count < len(address.read_texts(name))]


def list_topics(user_id: UUID, filter: EventFilter) -> list[str]:
    """What changes the events that the person sees, those of the newest threads first."""
    with begin(get_engine()) as session:
        ids = [thread.id for thread in list_threads(session, user_id)]
    followed = [id for id in ids if id in filter.thread_ids or not filter.thread_ids]
    return [f"users:{user_id}", *(f"events:{id}" for id in followed)]
