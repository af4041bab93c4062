"""A thread: its chat, with the computer beside it. Without a thread in the address, your newest."""

from uuid import UUID

import streamlit as st

from burn_core.errors import NotFound
from burn_core.room.memberships import join_thread
from burn_core.room.threads import get_thread, list_threads
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import announce
from pages.ui.shared.notice import draw_notice
from pages.ui.shared.sidebar import start_thread
from pages.ui.shared.visitor import find_viewer, get_visitor
from pages.ui.thread.chat import draw_chat
from pages.ui.thread.composer import draw_composer
from pages.ui.thread.computer import draw_computer
from pages.ui.thread.edit_dialog import draw_edit_dialog
from pages.ui.thread.header import draw_header


@as_visitor
def join(visitor: User) -> None:
    with begin(get_engine()) as session:
        join_thread(session, thread_id, visitor.id)
    announce(f"users:{visitor.id}", f"memberships:{thread_id}", f"events:{thread_id}")


visitor = get_visitor()
if "thread" not in st.query_params:
    with begin(get_engine()) as session:
        threads = list_threads(session, visitor.id)
    if not threads:
        st.title(f"Welcome, {visitor.name}", anchor=False)
        st.write(
            "You aren't in any threads yet. Start one, and Sarah will ask her first question "
            "within seconds. Or open a link that somebody sent you."
        )
        st.button(
            "Start a thread",
            key="start",
            icon=":material/add:",
            type="primary",
            on_click=start_thread,
        )
        draw_notice()
        st.stop()
    st.query_params["thread"] = str(threads[0].id)
    st.rerun()

try:
    thread_id = UUID(st.query_params["thread"])
    with begin(get_engine()) as session:
        thread = get_thread(session, thread_id)
except (ValueError, NotFound):
    st.title("Thread not found", anchor=False)
    st.write("It was deleted, or the link is incomplete. Your own threads are on the left.")
    st.stop()

if find_viewer(thread_id) is None:
    st.title("You are invited", anchor=False)
    st.text(f"“{thread.name}” is a chat in which agents roast people.")
    draw_notice()
    st.button("Join", key="join", type="primary", icon=":material/login:", on_click=join)
    st.stop()

# Streamlit rebuilds the whole page when a chat input appears on it, so draw the input first.
draw_composer(thread_id)
chat, computer = st.columns([3, 2], gap="large")
with chat:
    draw_header(thread_id)
    draw_chat(thread_id)
with computer:
    draw_computer(thread_id)
draw_edit_dialog(thread_id)
