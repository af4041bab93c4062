"""A thread for spectators: whoever has its key reads along, without signing in."""

import streamlit as st

from burn_core.room.access import read_key
from burn_core.room.threads import find_shared_thread
from db.connection import begin
from pages.ui.shared.resources import get_engine
from pages.ui.thread.chat import draw_chat
from pages.ui.thread.computer import draw_computer
from pages.ui.thread.header import draw_header

key = read_key(st.query_params.get("key"))
with begin(get_engine()) as session:
    thread = None if key is None else find_shared_thread(session, key)
if thread is None:
    st.title("There is nothing to watch here", anchor=False)
    st.write("The link is incomplete, or the owner of the thread has taken it back.")
    st.stop()

# Another thread in the address would be taken for news of where this tab has gone.
st.query_params.pop("thread", None)
st.caption(
    ":material/visibility: You are reading along. Whoever is in the thread has a link to join."
)
chat, computer = st.columns([3, 2], gap="large")
with chat:
    draw_header(thread.id)
    draw_chat(thread.id)
with computer:
    draw_computer(thread.id)
