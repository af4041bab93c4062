"""The table of events: newest or oldest first, a page at a time, live."""

import json
from typing import Any
from uuid import UUID

import streamlit as st
from sqlalchemy.orm import Session

from burn_core.events import EventType
from burn_core.explore.event_detail import find_event
from burn_core.explore.events import (
    FoundEvent,
    list_events,
    select_events,
    select_matching,
)
from burn_core.explore.search import COUNTED, Count, Place, count_rows
from db.connection import begin
from pages.ui.events.choice import Choice, list_topics, read_choice
from pages.ui.shared import address
from pages.ui.shared.download import draw_downloads
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.resources import get_engine
from pages.ui.shared.rows import EventRow, draw_events

_PAGE = 100
# A page grows by what comes in, up to this: what somebody reads at its end stays.
_MOST = 400
_LINE = 300  # characters of a line, which is cut where the screen ends
_END = "the last event of the page of events"


def draw_table(user_id: UUID, choice: Choice) -> None:
    place = _find_place(user_id, choice)
    with panel("**Table** · events", "Events", _select_page(user_id, choice, place, _PAGE)):
        _draw_rows(user_id, choice, place)
    draw_downloads("events", _select_page(user_id, choice, None, _PAGE))


def _find_place(user_id: UUID, choice: Choice) -> Place | None:
    """Where the page begins, if not with the first event."""
    if choice.after_id is None:
        return None
    with begin(get_engine()) as session:
        event = find_event(session, user_id, choice.after_id)
    if event is None:
        st.warning(
            "This link leads to a page of events that begins after one that is gone, or that you "
            "can't see. Here is the first page.",
            icon=":material/link_off:",
        )
    return None if event is None else event.place


def _select_page(user_id: UUID, choice: Choice, place: Place | None, limit: int) -> Any:
    return cached_statement(
        select_events,
        user_id,
        choice.filter,
        is_descending=choice.is_descending,
        after=place,
        limit=limit,
    )


@st.fragment(key="events")
def _draw_rows(user_id: UUID, drawn: Choice, place: Place | None) -> None:
    choice = read_choice()
    if choice != drawn:
        st.rerun()
    topics = list_topics(user_id, choice.filter)
    revision = read_revision(*topics)
    with begin(get_engine()) as session:
        count = count_rows(session, select_matching(user_id, choice.filter))
        events, has_more = _load_page(session, user_id, choice, place)
    _draw_count(count)
    view = repr(_get_view(choice))
    draw_events("events-rows", view, "No event is like that.", list(map(_make_row, events)))
    _draw_steps(choice, events[-1].id if has_more else None)
    follow("events", topics, revision, wait_ms=300)


def _get_view(choice: Choice) -> tuple[object, ...]:
    """What is another page when it is another: not which event is open."""
    return choice.filter, choice.is_descending, choice.after_id


def _load_page(
    session: Session, user_id: UUID, choice: Choice, place: Place | None
) -> tuple[list[FoundEvent], bool]:
    """The events, and whether there are more after them."""
    view, end = st.session_state.get(_END, (None, None))
    grows = choice.is_descending and view == _get_view(choice)
    limit = _MOST if grows else _PAGE
    found = list_events(session, _select_page(user_id, choice, place, limit + 1))
    page = found[:_PAGE]
    if grows:
        kept = [event for event in found if (event.inserted_at, event.id) >= end]
        page = kept if _PAGE < len(kept) <= _MOST else page
    if page:
        st.session_state[_END] = _get_view(choice), (page[-1].inserted_at, page[-1].id)
    return page, len(found) > len(page)


def _draw_count(count: Count) -> None:
    st.markdown(f"**{count}** event{'' if count.rows == 1 else 's'}")
    if count.rows > COUNTED:
        st.caption(
            f"Of so many, no more than {COUNTED:,} are counted: the numbers in the choices above "
            f"are of the newest {COUNTED:,}."
        )


def _draw_steps(choice: Choice, last_id: UUID | None) -> None:
    onward = "Older" if choice.is_descending else "Newer"
    first = "Newest" if choice.is_descending else "Oldest"
    with st.container(horizontal=True):
        if choice.after_id is not None:
            st.button(first, key="events-first", icon=":material/first_page:", on_click=_step)
        if last_id is not None:
            st.button(
                onward,
                key="events-next",
                icon=":material/chevron_right:",
                on_click=_step,
                args=[last_id],
            )


def _step(*after: UUID) -> None:
    address.write(after=after)


def _make_row(event: FoundEvent) -> EventRow:
    return {
        "id": str(event.id),
        "seq": event.seq,
        "thread_id": str(event.thread_id),
        "thread": event.thread,
        "author": event.author,
        "type": event.type,
        "words": _summarize(event),
        "at": event.inserted_at.isoformat(),
        "data": json.dumps(event.data, ensure_ascii=False, indent=2),
    }


def _summarize(event: FoundEvent) -> str:
    """Its data in a line. Whoever wrote it may have put anything there."""
    data = event.data
    words = {
        EventType.TEXT: data.get("text"),
        EventType.SYSTEM: data.get("action"),
        EventType.TOOL_RESULT: data.get("content"),
        EventType.TOOL_USE: f"{data.get('name')} {json.dumps(data.get('input'), ensure_ascii=False)}",
    }[EventType(event.type)]
    return " ".join(str(words).split())[:_LINE]
