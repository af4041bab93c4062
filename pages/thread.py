"""A thread: the chat, and beside it the computer. Without one in the address, your latest."""

from uuid import UUID

import streamlit as st

from burn_core.errors import NotFound
from burn_core.room.memberships import join_thread
from burn_core.room.threads import get_thread, list_threads
from db.connection import begin
from pages.ui.shared.live import announce
from pages.ui.shared.notice import draw_notice
from pages.ui.shared.resources import get_engine
from pages.ui.shared.sidebar import start_thread
from pages.ui.shared.visitor import find_viewer, get_visitor
from pages.ui.thread.chat import draw_chat
from pages.ui.thread.composer import draw_foot
from pages.ui.thread.computer import draw_computer
from pages.ui.thread.edit_dialog import draw_editor
from pages.ui.thread.header import draw_header


def join() -> None:
    visitor = get_visitor()
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
            "You are in no thread yet. Start one, and Sarah will have her first question within "
            "seconds. Or open the link that somebody sent you."
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
    st.title("There is no such thread", anchor=False)
    st.write("It was deleted, or its link is incomplete. Your own threads are on the left.")
    st.stop()

if find_viewer(thread_id) is None:
    st.title("You are invited", anchor=False)
    st.text(f"“{thread.name}” is a thread in which people chat, and agents roast them.")
    draw_notice()
    st.button("Join", key="join", type="primary", icon=":material/login:", on_click=join)
    st.stop()

# Streamlit builds a page anew when an input for the chat comes into it: so that is there first.
draw_foot(thread_id)
chat, computer = st.columns([3, 2], gap="large")
with chat:
    draw_header(thread_id)
    draw_chat(thread_id)
with computer:
    draw_computer(thread_id)
draw_editor(thread_id)
