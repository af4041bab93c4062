"""Events, as somebody may look through them: filtered, sorted by time, counted by what they have."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal_column, select
from sqlalchemy.orm import Session

from burn_core.events import EventType
from burn_core.explore.search import (
    COUNTED,
    Place,
    Statement,
    count_values,
    cut_page,
    list_visible_threads,
    match_words,
    narrow_to,
    run,
)
from db import schema
from db.schema import EVENT_WORDS, Json

_Event = schema.Event
# As the index of tools has them: with parameters in them, a kept plan couldn't use it.
_TOOL: ColumnElement[str] = literal_column("(events.data ->> 'name')")
_IS_TOOL_USE: ColumnElement[bool] = literal_column("events.type = 'tool_use'")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: each field narrows them, and of several values of one any will do."""

    thread_ids: tuple[UUID, ...] = ()
    types: tuple[str, ...] = ()
    author_ids: tuple[UUID, ...] = ()
    tools: tuple[str, ...] = ()  # only tool uses have one
    since: datetime | None = None  # included
    until: datetime | None = None  # not included
    words: str = ""


class EventFacet(StrEnum):
    """What events are counted by."""

    THREAD = "thread"
    TYPE = "type"
    AUTHOR = "author"
    TOOL = "tool"


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
    def tool(self) -> str | None:
        return self.data["name"] if self.type == EventType.TOOL_USE else None

    @property
    def place(self) -> Place:
        """Where the page that follows the event begins."""
        return Place(self.inserted_at, self.id)


FOUND_COLUMNS = (
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
# The column of each facet, and of the words for its values.
_FACETS: dict[EventFacet, tuple[Any, Any]] = {
    EventFacet.THREAD: (_Event.thread_id, schema.Thread.name),
    EventFacet.TYPE: (_Event.type, None),
    EventFacet.AUTHOR: (_Event.user_id, schema.User.name),
    EventFacet.TOOL: (_TOOL, None),
}
# The filter without its own facet: one sees what else there is to choose.
_WITHOUT: dict[EventFacet, dict[str, Any]] = {
    EventFacet.THREAD: {"thread_ids": ()},
    EventFacet.TYPE: {"types": ()},
    EventFacet.AUTHOR: {"author_ids": ()},
    EventFacet.TOOL: {"tools": ()},
}


def select_events(
    user_id: UUID,
    filter: EventFilter,
    *,
    is_descending: bool = True,
    after: Place | None = None,
    limit: int = 100,
) -> Statement:
    """A page of the events in the person's threads, by time, with the columns of FoundEvent."""
    rows = (
        _narrow(select(*FOUND_COLUMNS), user_id, filter)
        .join(schema.Thread, schema.Thread.id == _Event.thread_id)
        .join(schema.User, schema.User.id == _Event.user_id)
    )
    return cut_page(
        rows,
        _Event.inserted_at,
        _Event.id,
        is_descending=is_descending,
        after=after,
        limit=limit,
    )


def list_events(session: Session, page: Statement) -> list[FoundEvent]:
    """The events of a page of select_events."""
    return [FoundEvent(*row) for row in run(session, page)]


def select_matching(user_id: UUID, filter: EventFilter) -> Statement:
    """All events that match, in no order: what is counted."""
    return _narrow(select(_Event.id), user_id, filter)


def select_newest(user_id: UUID, filter: EventFilter, *columns: Any) -> Statement:
    """Columns of the newest events that match, at most COUNTED: what the facets look at."""
    return (
        _narrow(select(*columns), user_id, filter)
        .order_by(_Event.inserted_at.desc(), _Event.id.desc())
        .limit(COUNTED)
    )


def select_facet(user_id: UUID, filter: EventFilter, facet: EventFacet) -> Statement:
    """How many of the newest events have each value, most first: value, label, rows."""
    column, label = _FACETS[facet]
    newest = select_newest(user_id, replace(filter, **_WITHOUT[facet]), column.label("value"))
    if facet == EventFacet.TOOL:
        newest = newest.where(_IS_TOOL_USE)
    return count_values(newest, label)


def find_names(
    session: Session, user_id: UUID, facet: EventFacet, ids: Collection[Any]
) -> dict[UUID, str]:
    """The names of threads or authors, as far as the person may know them."""
    if not ids or facet not in (EventFacet.THREAD, EventFacet.AUTHOR):
        return {}
    visible = _Event.thread_id.in_(list_visible_threads(user_id))
    if facet == EventFacet.THREAD:
        names = select(schema.Thread.id, schema.Thread.name).where(
            schema.Thread.id.in_(list_visible_threads(user_id))
        )
    else:
        names = select(schema.User.id, schema.User.name).where(
            exists().where(_Event.user_id == schema.User.id, visible)
        )
    found: Sequence[Any] = session.execute(names.where(names.selected_columns.id.in_(ids))).all()
    return dict(found)


def _narrow(rows: Statement, user_id: UUID, filter: EventFilter) -> Statement:
    rows = rows.where(_Event.thread_id.in_(list_visible_threads(user_id)))
    rows = narrow_to(rows, _Event.thread_id, filter.thread_ids)
    rows = narrow_to(rows, _Event.type, filter.types)
    rows = narrow_to(rows, _Event.user_id, filter.author_ids)
    if filter.tools:
        rows = narrow_to(rows.where(_IS_TOOL_USE), _TOOL, filter.tools)
    if filter.since is not None:
        rows = rows.where(_Event.inserted_at >= filter.since)
    if filter.until is not None:
        rows = rows.where(_Event.inserted_at < filter.until)
    if filter.words.strip():
        rows = rows.where(match_words(EVENT_WORDS, filter.words))
    return rows
