"""Events: what happened in your threads, live, filtered as the address says."""

import streamlit as st

from pages.ui.events.choice import read_choice
from pages.ui.events.detail import draw_detail
from pages.ui.events.filter import draw_filter
from pages.ui.events.table import draw_table
from pages.ui.events.timeline import draw_timeline
from pages.ui.shared.visitor import get_visitor

visitor = get_visitor()
choice = read_choice()
st.title("Events", anchor=False)
draw_filter(visitor.id, choice)
draw_timeline(visitor.id, choice)
draw_table(visitor.id, choice)
if choice.event_id is not None:
    draw_detail(visitor.id, choice.event_id)
