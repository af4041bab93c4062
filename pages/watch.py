"""A thread for spectators: anyone with its key can watch, without signing in."""

import streamlit as st

from burn_core.room.access import read_key
from burn_core.room.threads import find_shared_thread
from db.connection import begin
from pages.ui.shared.database import get_engine
from pages.ui.thread.chat import draw_chat
from pages.ui.thread.computer import draw_computer
from pages.ui.thread.header import draw_header

key = read_key(st.query_params.get("key"))
with begin(get_engine()) as session:
    thread = None if key is None else find_shared_thread(session, key)
if thread is None:
    st.title("There is nothing to watch here", anchor=False)
    st.write("The link is incomplete, or the thread's owner has revoked it.")
    st.stop()

# With another thread in the address, the page would think that the tab had moved there.
st.query_params.pop("thread", None)
st.caption(
    ":material/visibility: You are a spectator. To join, ask someone in the thread for an invite link."
)
chat, computer = st.columns([3, 2], gap="large")
with chat:
    draw_header(thread.id)
    draw_chat(thread.id)
with computer:
    draw_computer(thread.id)
