"""The chat of a thread.

What is drawn again when something happens is only its tail: older messages stand in a container
of their own, and the border between the two moves once in a while, in a full run.
"""

from uuid import UUID

import streamlit as st

from burn_core.chat import Message, list_messages, list_names
from burn_core.threads import get_thread
from db.connection import begin
from pages.ui.live import follow, read_revision
from pages.ui.message import draw_message
from pages.ui.resources import get_engine
from pages.ui.visitor import get_viewer

_FIRST_MESSAGES = 50
_MORE_MESSAGES = 100
_SHORTEST_TAIL = 8
_LONGEST_TAIL = 30
_MOST_AT_ONCE = 1_000


def draw_chat(thread_id: UUID, first_messages: int = _FIRST_MESSAGES) -> None:
    first, border = _place_border(thread_id, first_messages)
    _draw_older(thread_id, first, border)
    _draw_tail(thread_id, border)


def _place_border(thread_id: UUID, first_messages: int) -> tuple[int, int]:
    """The seqs of the first message shown, fixed for the visit, and of the first of the tail."""
    key = f"border-{thread_id}"
    with begin(get_engine()) as session:
        last_seq = get_thread(session, thread_id).last_seq
    first, border = st.session_state.get(key, (max(last_seq - first_messages + 1, 1), 0))
    if not border or last_seq - border >= _LONGEST_TAIL:
        border = max(last_seq - _SHORTEST_TAIL + 1, first)
    st.session_state[key] = first, border
    return first, border


def _show_earlier(thread_id: UUID) -> None:
    key = f"border-{thread_id}"
    first, border = st.session_state[key]
    st.session_state[key] = max(first - _MORE_MESSAGES, 1), border


def _draw_older(thread_id: UUID, first: int, border: int) -> None:
    if first > 1:
        st.button(
            "Show earlier messages",
            key="earlier",
            type="tertiary",
            icon=":material/expand_less:",
            on_click=_show_earlier,
            args=[thread_id],
        )
    viewer = get_viewer(thread_id)
    revision = read_revision(f"memberships:{thread_id}")
    messages, names = _load_messages(thread_id, first, border, revision)
    with st.container(key="older"):
        for message in messages:
            draw_message(message, viewer.user_id, names)


@st.fragment(key="tail")
def _draw_tail(thread_id: UUID, border: int) -> None:
    viewer = get_viewer(thread_id)
    topics = [f"events:{thread_id}", f"memberships:{thread_id}"]
    revision = read_revision(*topics)
    messages, names = _load_messages(thread_id, border, None, revision)
    if len(messages) > _LONGEST_TAIL:
        st.rerun()
    for message in messages:
        draw_message(message, viewer.user_id, names)
    follow("tail", topics, revision, is_urgent=True)


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_messages(
    thread_id: UUID, first: int, before: int | None, revision: int
) -> tuple[list[Message], dict[str, str]]:
    """The same for everybody who looks at one revision, so it is read once for all of them."""
    with begin(get_engine()) as session:
        messages = list_messages(session, thread_id, _MOST_AT_ONCE, after=first - 1, before=before)
        return messages, list_names(session, messages)
