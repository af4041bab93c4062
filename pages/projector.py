"""A thread on a big screen: large type, and a QR code for the audience to join with."""

import streamlit as st

from burn_core.room.access import read_key
from pages.ui.shared.visitor import get_visitor
from pages.ui.thread.chat import draw_chat
from pages.ui.thread.computer import draw_computer
from pages.ui.thread.header import draw_header_sql, draw_title
from pages.ui.thread.invitation import draw_no_thread, find_invite_address
from pages.ui.thread.join_code import draw_join_code

_MESSAGES = 20

thread_id = read_key(st.query_params.get("thread"))
invite_address = None if thread_id is None else find_invite_address(thread_id)
if thread_id is None or invite_address is None:
    draw_no_thread(get_visitor(), thread_id)
    st.stop()

with st.container(key="projector"):
    chat, side = st.columns([3, 2], gap="large")
    with chat:
        with st.container(horizontal=True, wrap=False):
            with st.container():
                draw_title(thread_id, invite_address)
            draw_header_sql(thread_id)
        with st.container(key="screen"), st.container():
            draw_chat(thread_id, _MESSAGES)
    with side:
        draw_join_code(invite_address)
        draw_computer(thread_id)
