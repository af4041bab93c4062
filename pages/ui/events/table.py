"""The table of events: newest or oldest first, a page at a time, live."""

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from burn_core.events import EventType, find_forgotten_at
from burn_core.explore.events import EVENTS, FoundEvent, find_event, list_events, select_events
from burn_core.explore.search import Place, count_rows
from db.connection import begin
from pages.ui.events.choice import EventChoice
from pages.ui.shared.base_path import add_base
from pages.ui.shared.browse import draw_count, draw_pager, find_place
from pages.ui.shared.database import get_engine
from pages.ui.shared.download import draw_downloads
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.rows import Row, draw_rows, write_rows

# A page grows as events come in, up to this many: what somebody reads at its end stays.
_MOST = 400
_LINE = 300  # characters; the screen cuts them off where it ends
_END = "events_page_end"


def draw_table(choice: EventChoice) -> None:
    place = find_place(choice, find_event, lambda event: event.place)
    with panel("**Table** · events", "Events", _select_page(choice, place, choice.page_size)):
        _draw_rows(choice, place)
    draw_downloads("events", _select_page(choice, None, choice.page_size))


def _select_page(choice: EventChoice, place: Place | None, limit: int) -> Any:
    return cached_statement(
        select_events,
        choice.user_id,
        choice.filter,
        is_descending=choice.is_descending,
        after=place,
        limit=limit,
    )


def _list_page(choice: EventChoice, place: Place) -> Sequence[FoundEvent]:
    with begin(get_engine()) as session:
        return list_events(session, _select_page(choice, place, choice.page_size + 1))


@st.fragment(key="events")
def _draw_rows(drawn: EventChoice, place: Place | None) -> None:
    drawn.check()
    topics = drawn.list_topics()
    revision = read_revision(*topics)
    with begin(get_engine()) as session:
        count = count_rows(session, EVENTS.select_matching(drawn.user_id, drawn.filter))
        events, has_more = _load_page(session, drawn, place)
    draw_count(drawn, count, covering="the filters")
    rows = write_rows(
        "Events",
        "No events match.",
        list(map(_make_row, events)),
        columns=["seq", "author", "type", "words", "thread"],
        view=repr(_get_view(drawn)),
    )
    draw_rows("events-rows", rows)
    first = events[0].place if events else None
    draw_pager(drawn, events, first, _list_page, has_more=has_more)
    follow("events", topics, revision, wait_ms=300)


def _get_view(choice: EventChoice) -> tuple[object, ...]:
    """What tells one page from another. Which event is open doesn't."""
    return choice.user_id, choice.filter, choice.is_descending, choice.after_id


def _load_page(
    session: Session, choice: EventChoice, place: Place | None
) -> tuple[list[FoundEvent], bool]:
    """The events, and whether more follow them."""
    view, end = st.session_state.get(_END, (None, None))
    grows = choice.is_descending and view == _get_view(choice)
    limit = _MOST if grows else choice.page_size
    found = list_events(session, _select_page(choice, place, limit + 1))
    page = found[: choice.page_size]
    if grows:
        kept = [event for event in found if (event.inserted_at, event.id) >= end]
        page = kept if choice.page_size < len(kept) <= _MOST else page
    if page:
        st.session_state[_END] = _get_view(choice), (page[-1].inserted_at, page[-1].id)
    return page, len(found) > len(page)


def _make_row(event: FoundEvent) -> Row:
    return {
        "key": f"{event.id} {find_forgotten_at(event.data) or ''}".rstrip(),
        "cells": [f"#{event.seq}", event.author, event.type, _summarize(event), event.thread],
        "at": event.inserted_at.isoformat(),
        "links": [
            {"label": "Run and facts", "address": f"?event={event.id}"},
            {"label": "Its thread", "address": add_base(f"/?thread={event.thread_id}")},
        ],
        "detail": json.dumps(event.data, ensure_ascii=False, indent=2),
    }


def _summarize(event: FoundEvent) -> str:
    """Its data in one line. A client may have written anything there."""
    data = event.data
    words = {
        EventType.TEXT: data.get("text"),
        EventType.SYSTEM: data.get("action"),
        EventType.TOOL_RESULT: data.get("content"),
        EventType.TOOL_USE: f"{data.get('name')} {json.dumps(data.get('input'), ensure_ascii=False)}",
    }[EventType(event.type)]
    return " ".join(str(words).split())[:_LINE]
