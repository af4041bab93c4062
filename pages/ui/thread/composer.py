"""The foot of a thread: the chat input, and buttons for what people often say."""

from uuid import UUID

import streamlit as st

from burn_core.room.limits import MESSAGES_OF_PERSON, MESSAGES_OF_THREAD
from burn_core.room.memberships import tap_in, tap_out
from burn_core.room.threads import get_thread, post_text
from burn_core.room.transcript import has_spoken
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import announce, follow, read_revision
from pages.ui.shared.resources import get_rate_limits
from pages.ui.shared.visitor import get_viewer, reading_thread

_OPENING_LINES = (
    "Hi Sarah, ask me anything",
    "I have a strange hobby",
    "Guess what I do for a living",
)
_ROAST_ME = "Roast me!"


def draw_composer(thread_id: UUID) -> None:
    with st.bottom:
        _draw_composer(thread_id)


@st.fragment(key="composer")
def _draw_composer(thread_id: UUID) -> None:
    """A fragment, so that a message costs no run of the page. It has no part in drawing the message:
    that is a row, which comes to the chat like everybody's.
    """
    viewer = get_viewer(thread_id)
    topics = [f"threads:{thread_id}"]
    revision = read_revision(*topics)
    if viewer.member is None:
        return
    with reading_thread(thread_id) as session:
        is_open = get_thread(session, thread_id).is_open
        has_said_something = has_spoken(session, thread_id, viewer.member.user.id)
    # The row is there in a closed thread too: otherwise the input would be another one.
    with st.container(horizontal=True, wrap=False, gap="xsmall", key="shortcuts-row"):
        if is_open:
            _draw_tap_out(thread_id, viewer.member.has_tapped_out)
            lines = [_ROAST_ME] if has_said_something else _OPENING_LINES
            # The agents leave alone who has tapped out.
            for line in () if viewer.member.has_tapped_out else lines:
                _draw_line(thread_id, line)
    _draw_input(thread_id, is_open)
    follow("composer", topics, revision)


def _draw_input(thread_id: UUID, is_open: bool) -> None:
    """It has no max_chars: pastes above it would be dropped without a word."""
    if text := st.session_state.pop(f"unsent-{thread_id}", None):
        _return_text(thread_id, text.rstrip())
    text = st.chat_input(
        "Say something" if is_open else "This thread is closed",
        key=f"say-{thread_id}",
        disabled=not is_open,
        on_submit=_post_typed,
        args=[thread_id],
    )
    is_drawn = f"drawn-{thread_id}"
    if is_drawn not in st.session_state:
        st.session_state[is_drawn] = True
        if text:
            # The tab comes from a web process that has died. This one knew of no on_submit when the
            # text arrived, so nobody has called it.
            _post_typed(thread_id)
            if f"unsent-{thread_id}" in st.session_state:
                st.rerun()


def _return_text(thread_id: UUID, text: str) -> None:
    """Put the text back into the input. If it was there before, it gets a space: a browser doesn't
    show a value that hasn't changed.
    """
    last = f"returned-{thread_id}"
    if st.session_state.get(last) == text:
        text += " "
    st.session_state[last] = st.session_state[f"say-{thread_id}"] = text


def _draw_line(thread_id: UUID, line: str) -> None:
    st.button(
        line,
        key=f"line-{line}",
        icon=":material/local_fire_department:" if line == _ROAST_ME else None,
        on_click=_post_line,
        args=[thread_id, line],
    )


def _draw_tap_out(thread_id: UUID, has_tapped_out: bool) -> None:
    st.button(
        "Tap back in" if has_tapped_out else "Tap out",
        key="tap",
        type="tertiary",
        icon=":material/undo:" if has_tapped_out else ":material/front_hand:",
        help="Let agents ask you questions and roast you again"
        if has_tapped_out
        else "Agents will no longer ask you questions, note facts about you or roast you",
        on_click=_tap,
        args=[thread_id, has_tapped_out],
    )


@as_visitor
def _tap(visitor: User, thread_id: UUID, has_tapped_out: bool) -> None:
    with begin(get_engine()) as session:
        (tap_in if has_tapped_out else tap_out)(session, thread_id, visitor.id)
    announce(f"events:{thread_id}", f"memberships:{thread_id}")


def _post_typed(thread_id: UUID) -> None:
    """Text that can't be posted goes back to where it was typed."""
    st.session_state[f"unsent-{thread_id}"] = st.session_state[f"say-{thread_id}"]
    _post_kept(thread_id)


@as_visitor
def _post_kept(visitor: User, thread_id: UUID) -> None:
    _post(visitor, thread_id, st.session_state[f"unsent-{thread_id}"])
    del st.session_state[f"unsent-{thread_id}"]


@as_visitor
def _post_line(visitor: User, thread_id: UUID, line: str) -> None:
    _post(visitor, thread_id, line)


def _post(visitor: User, thread_id: UUID, text: str) -> None:
    get_rate_limits().check((MESSAGES_OF_PERSON, visitor.id), (MESSAGES_OF_THREAD, thread_id))
    with begin(get_engine()) as session:
        post_text(session, thread_id, visitor.id, text)
    announce(f"events:{thread_id}")
