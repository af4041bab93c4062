"""A thread's chat: one component that draws its messages.

With st.chat_message, redrawing a message costs each viewer's run a third of a millisecond, and
moving old messages out of the redrawn part takes a run of the whole page: 50 viewers waited for
seconds. Here a run sends the newest messages as one text, the same for everybody, and the browser
keeps the messages that it has.
"""

import json
from pathlib import Path
from uuid import UUID

import streamlit as st

from burn_core.room.threads import get_thread
from burn_core.room.transcript import (
    Message,
    list_messages,
    list_names,
    select_agent_statuses,
    select_messages,
    select_playing_model,
)
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, draw_sql
from pages.ui.shared.visitor import get_viewer, reading_thread
from pages.ui.thread.agent_status import draw_agent_status
from pages.ui.thread.avatar import draw_avatar
from pages.ui.thread.message import describe_message

_FIRST_MESSAGES = 50
_MORE_MESSAGES = 100
_NEWEST_MESSAGES = 20
_MAX_MESSAGES = 1_000
_SHOWN = "shown_messages"  # the thread, and the seq of the first message that the browser has
_SEND_ALL = "send_all_messages"  # whether the next run sends all messages from there
_FOLDER = Path(__file__).parent

# The chat's messages, without isolated styles, so that they have the page's fonts and colours.
_messages = st.components.v2.component(
    "burn_messages",
    html='<div role="log" aria-label="Messages"></div>',
    css=(_FOLDER / "messages.css").read_text(),
    js=(_FOLDER.parent / "shared" / "time.js").read_text() + (_FOLDER / "messages.js").read_text(),
    isolate_styles=False,
)


def draw_chat(thread_id: UUID, first_messages: int = _FIRST_MESSAGES) -> None:
    """The messages, and below them what the agents are doing."""
    first = _find_first(thread_id, first_messages)
    if first > 1:
        st.button(
            "Show earlier messages",
            key="earlier",
            type="tertiary",
            icon=":material/expand_less:",
            on_click=_show_earlier,
            args=[thread_id],
        )
    st.session_state[_SEND_ALL] = st.session_state.get(_SHOWN) != (thread_id, first)
    st.session_state[_SHOWN] = thread_id, first
    _draw_messages(thread_id, first)
    with st.container(horizontal=True, wrap=False):
        with st.container():
            draw_agent_status(thread_id)
        draw_sql(
            "Chat",
            cached_statement(select_messages, thread_id, _MAX_MESSAGES, after=first - 1),
            cached_statement(select_agent_statuses, thread_id),
            cached_statement(select_playing_model, thread_id),
        )


@st.fragment(key="messages")
def _draw_messages(thread_id: UUID, first: int) -> None:
    """Send all messages when the thread opens, then only the newest."""
    viewer = get_viewer(thread_id)
    topics = [f"events:{thread_id}", f"memberships:{thread_id}"]
    revision = read_revision(*topics)
    chat = _load_chat(thread_id, first, st.session_state.pop(_SEND_ALL, False), revision)
    if _draw_component(f"chat-{thread_id}", chat, viewer.user_id):
        st.session_state.pop(_SHOWN, None)
        st.rerun()
    follow("messages", topics, revision, wait_ms=0)


def _draw_component(key: str, chat: str, viewer_id: UUID | None) -> bool:
    """Return whether messages are missing between those in the browser and these."""
    viewer = None if viewer_id is None else str(viewer_id)
    result = _messages(key=key, data={"chat": chat, "viewer": viewer}, on_gap_change=lambda: None)
    return result.gap is not None


def _find_first(thread_id: UUID, first_messages: int) -> int:
    """The seq of the first message to show. It stays the same while the tab is open."""
    key = f"first-{thread_id}"
    if key not in st.session_state:
        with reading_thread(thread_id) as session:
            last_seq = get_thread(session, thread_id).last_seq
        st.session_state[key] = max(last_seq - first_messages + 1, 1)
    first: int = st.session_state[key]
    return first


def _show_earlier(thread_id: UUID) -> None:
    key = f"first-{thread_id}"
    st.session_state[key] = max(st.session_state[key] - _MORE_MESSAGES, 1)


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_chat(thread_id: UUID, first: int, is_all: bool, revision: int) -> str:
    """All messages from first on, or only the newest. Read once per revision for all viewers."""
    limit = _MAX_MESSAGES if is_all else _NEWEST_MESSAGES
    with reading_thread(thread_id) as session:
        messages = list_messages(session, thread_id, limit, after=first - 1)
        names = list_names(session, messages)
    return _write_chat(messages, names, first, is_all)


def _write_chat(messages: list[Message], names: dict[str, str], first: int, is_all: bool) -> str:
    lines = [describe_message(message, names) for message in messages]
    authors = {message.author for message in messages}
    return json.dumps(
        {
            "first": first,
            "is_all": is_all,
            "from": messages[0].event.seq if messages else first,
            "to": messages[-1].event.seq if messages else first - 1,
            "authors": {str(a.id): {"name": a.name, "avatar": draw_avatar(a)} for a in authors},
            "messages": [line for line in lines if line is not None],
        },
        ensure_ascii=False,
    )
