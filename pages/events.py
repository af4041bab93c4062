"""Events: what happened in your threads, live, filtered as the address says."""

import streamlit as st

from pages.ui.event_detail import draw_detail
from pages.ui.event_filter import draw_filter, read_choice
from pages.ui.event_table import draw_table
from pages.ui.timeline import draw_timeline
from pages.ui.visitor import get_visitor

visitor = get_visitor()
choice = read_choice()
st.title("Events", anchor=False)
draw_filter(visitor.id, choice)
draw_timeline(visitor.id, choice)
draw_table(visitor.id, choice)
if choice.event_id is not None:
    draw_detail(visitor.id, choice.event_id)
