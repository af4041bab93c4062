"""A thread's chat: one component that draws its messages, from the rows in the tab's store.

The page brings the messages with which it opens, and the socket those that come: nobody's message makes
anybody's page run.
"""

from uuid import UUID, uuid4

import streamlit as st

from burn_core.room.threads import get_thread
from burn_core.room.transcript import (
    select_agent_statuses,
    select_messages,
    select_playing_model,
)
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, draw_sql
from pages.ui.shared.scripts import UI, read_scripts
from pages.ui.shared.visitor import get_viewer, reading_thread
from pages.ui.thread.agent_status import draw_agent_status
from pages.ui.thread.tables import CHAT, MOST_MESSAGES, find_first, list_group_topics, load_chat

_FIRST_MESSAGES = 50
_MORE_MESSAGES = 100

# The chat's messages, without isolated styles, so that they have the page's fonts and colours.
_messages = st.components.v2.component(
    "burn_messages",
    html='<div role="log" aria-label="Messages"></div>',
    css=(UI / "thread" / "messages.css").read_text(),
    js=read_scripts(
        "shared/store.js",
        "shared/follow.js",
        "shared/time.js",
        "thread/said.js",
        "thread/end.js",
        "thread/messages.js",
    ),
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
    _draw_messages(thread_id, first)
    with st.container(horizontal=True, wrap=False):
        with st.container():
            draw_agent_status(thread_id)
        draw_sql(
            "Chat",
            cached_statement(select_messages, thread_id, MOST_MESSAGES, after=first - 1),
            cached_statement(select_agent_statuses, thread_id),
            cached_statement(select_playing_model, thread_id),
        )


@st.fragment(key="messages")
def _draw_messages(thread_id: UUID, first: int) -> None:
    """It runs again only if the tab lacks messages that the socket doesn't bring: those before the newest."""
    viewer = get_viewer(thread_id)
    revision = read_revision(*list_group_topics(thread_id, CHAT))
    page = st.session_state.setdefault("page", uuid4().hex)  # this session, to said.js
    _messages(
        key=f"chat-{thread_id}",
        data={
            "thread": str(thread_id),
            "tables": load_chat(thread_id, first),
            "viewer": None if viewer.user_id is None else str(viewer.user_id),
            "page": page,
        },
        on_missing_change=lambda: None,
    )
    follow("messages", [], revision)


def _find_first(thread_id: UUID, first_messages: int) -> int:
    """The seq of the first message to show. It stays the same while the tab is open."""
    key = f"first-{thread_id}"
    if key not in st.session_state:
        st.session_state[key] = find_first(thread_id) or _read_first(thread_id, first_messages)
    first: int = st.session_state[key]
    return first


def _read_first(thread_id: UUID, first_messages: int) -> int:
    with reading_thread(thread_id) as session:
        last_seq = get_thread(session, thread_id).last_seq
    return max(last_seq - first_messages + 1, 1)


def _show_earlier(thread_id: UUID) -> None:
    key = f"first-{thread_id}"
    st.session_state[key] = max(st.session_state[key] - _MORE_MESSAGES, 1)
