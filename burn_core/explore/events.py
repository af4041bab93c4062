"""Events to look through: filtered, sorted by time, and counted by their values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import Session

from burn_core.events import EventType
from burn_core.explore.search import Facet, Filter, Place, Statement, Table, cut_page, run
from burn_core.room.access import read_key
from db import schema
from db.schema import EVENT_WORDS, Json

_Event = schema.Event
# Spelled as in the index of tools: with parameters in them, a kept plan couldn't use it.
_TOOL: ColumnElement[str] = literal_column("(events.data ->> 'name')")
_IS_TOOL_USE: ColumnElement[bool] = literal_column("events.type = 'tool_use'")


@dataclass(frozen=True, slots=True)
class EventFilter(Filter):
    """Which events to show."""

    types: tuple[str, ...] = ()
    author_ids: tuple[UUID, ...] = ()
    tools: tuple[str, ...] = ()
    since: datetime | None = None  # included
    until: datetime | None = None  # not included

    def list_conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.since is not None:
            conditions.append(_Event.inserted_at >= self.since)
        if self.until is not None:
            conditions.append(_Event.inserted_at < self.until)
        return conditions


THREAD = Facet("thread", "thread_ids", _Event.thread_id, read_key, schema.Thread.name)
TYPE = Facet("type", "types", _Event.type, {type.value: type.value for type in EventType}.get)
AUTHOR = Facet("author", "author_ids", _Event.user_id, read_key, schema.User.name)
TOOL = Facet("tool", "tools", _TOOL, only=_IS_TOOL_USE)
EVENTS = Table(_Event, EVENT_WORDS, (THREAD, TYPE, AUTHOR, TOOL))


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event with the names of its thread and author."""

    id: UUID
    thread_id: UUID
    thread: str
    seq: int
    author_id: UUID
    author: str
    author_type: str
    type: str
    data: Json
    inserted_at: datetime

    @property
    def place(self) -> Place:
        """Where the page after the event begins."""
        return Place(self.inserted_at, self.id)


_COLUMNS = (
    _Event.id,
    _Event.thread_id,
    schema.Thread.name.label("thread"),
    _Event.seq,
    _Event.user_id.label("author_id"),
    schema.User.name.label("author"),
    schema.User.type.label("author_type"),
    _Event.type,
    _Event.data,
    _Event.inserted_at,
)


def select_events(
    user_id: UUID,
    filter: EventFilter,
    *,
    is_descending: bool = True,
    after: Place | None = None,
    limit: int = 100,
) -> Statement:
    """A page of the events in the person's threads, by time, with the columns of FoundEvent."""
    return cut_page(
        _select_named(user_id, filter),
        _Event.inserted_at,
        _Event.id,
        is_descending=is_descending,
        after=after,
        limit=limit,
    )


def list_events(session: Session, page: Statement) -> list[FoundEvent]:
    """The events of a page of select_events."""
    return [FoundEvent(*row) for row in run(session, page)]


def select_event(user_id: UUID, event_id: UUID) -> Statement:
    """The event, if it is in one of the person's threads, with the columns of FoundEvent."""
    return _select_named(user_id, EventFilter()).where(_Event.id == event_id)


def find_event(session: Session, user_id: UUID, event_id: UUID) -> FoundEvent | None:
    """The event, if it is in one of the person's threads."""
    row = session.execute(select_event(user_id, event_id)).one_or_none()
    return None if row is None else FoundEvent(*row)


def _select_named(user_id: UUID, filter: EventFilter) -> Statement:
    return (
        EVENTS.narrow(select(*_COLUMNS), user_id, filter)
        .join(schema.Thread, schema.Thread.id == _Event.thread_id)
        .join(schema.User, schema.User.id == _Event.user_id)
    )
