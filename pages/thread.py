"""A thread: its chat, with the computer beside it. Without a thread in the address, your newest."""

from uuid import UUID

import streamlit as st

from burn_core.room.access import read_key
from burn_core.room.memberships import is_removed, join_thread
from burn_core.room.threads import Thread, find_invited_thread, list_threads
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import announce
from pages.ui.shared.markdown import escape
from pages.ui.shared.notice import draw_notice
from pages.ui.shared.sidebar import draw_retention, start_thread
from pages.ui.shared.visitor import find_viewer, get_visitor
from pages.ui.thread.chat import draw_chat
from pages.ui.thread.composer import draw_composer
from pages.ui.thread.computer import draw_computer
from pages.ui.thread.edit_dialog import draw_edit_dialog
from pages.ui.thread.header import draw_header
from pages.ui.thread.invitation import draw_no_thread


def find_invitation() -> Thread | None:
    """The thread to which the address invites the visitor, unless its owner removed them."""
    if thread_id is None or invitation_key is None:
        return None
    with begin(get_engine()) as session:
        thread = find_invited_thread(session, thread_id, invitation_key)
        return None if is_removed(session, thread_id, visitor.id) else thread


@as_visitor
def join(visitor: User, thread_id: UUID, invitation_key: UUID) -> None:
    with begin(get_engine()) as session:
        join_thread(session, thread_id, visitor.id, invitation_key)
    announce(f"users:{visitor.id}", f"memberships:{thread_id}", f"events:{thread_id}")


visitor = get_visitor()
if "thread" not in st.query_params:
    with begin(get_engine()) as session:
        threads = list_threads(session, visitor.id)
    if not threads:
        st.title(f"Welcome, {escape(visitor.name)}", anchor=False)
        st.write(
            "You aren't in any threads yet. Start one, and Sarah will ask her first question "
            "within seconds. Or open an invite link that somebody sent you."
        )
        st.button(
            "Start a thread",
            key="start",
            icon=":material/add:",
            type="primary",
            on_click=start_thread,
        )
        draw_retention()
        draw_notice()
        st.stop()
    st.query_params["thread"] = str(threads[0].id)
    st.rerun()

thread_id = read_key(st.query_params["thread"])
invitation_key = read_key(st.query_params.get("invite"))
viewer = None if thread_id is None else find_viewer(thread_id)
if thread_id is None or viewer is None:
    thread = find_invitation()
    if thread is None:
        draw_no_thread(visitor, thread_id)
        st.stop()
    st.title("You are invited", anchor=False)
    st.text(f"“{thread.name}” is a chat in which agents roast people.")
    draw_notice()
    st.button(
        "Join",
        key="join",
        type="primary",
        icon=":material/login:",
        on_click=join,
        args=[thread_id, invitation_key],
    )
    st.stop()

if viewer.member is not None:
    # Otherwise, a member who copies the address would invite somebody by accident.
    st.query_params.pop("invite", None)
draw_composer(thread_id)
chat, computer = st.columns([3, 2], gap="large")
with chat:
    draw_header(thread_id)
    draw_chat(thread_id)
with computer:
    draw_computer(thread_id)
draw_edit_dialog(thread_id)
