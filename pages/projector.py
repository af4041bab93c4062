"""A thread on a big screen: large type, and a QR code for the audience to join with."""

import streamlit as st

from burn_core.room.access import read_key
from pages.ui.shared.visitor import find_viewer
from pages.ui.thread.chat import draw_chat
from pages.ui.thread.computer import draw_computer
from pages.ui.thread.header import draw_header_sql, draw_title
from pages.ui.thread.join_code import draw_join_code

_MESSAGES = 20

thread_id = read_key(st.query_params.get("thread"))
if thread_id is None or find_viewer(thread_id) is None:
    st.title("Thread not found", anchor=False)
    st.write("Open a thread that you are in, then choose “Projector” at the top.")
    st.stop()

with st.container(key="projector"):
    chat, side = st.columns([3, 2], gap="large")
    with chat:
        with st.container(horizontal=True, wrap=False):
            with st.container():
                draw_title(thread_id)
            draw_header_sql(thread_id)
        with st.container(key="screen"), st.container():
            draw_chat(thread_id, _MESSAGES)
    with side:
        draw_join_code(thread_id)
        draw_computer(thread_id)
