"""Events: everything that happened in your threads, live, filtered as the address says."""

from functools import partial

import streamlit as st

from pages.ui.events.choice import EventChoice
from pages.ui.events.detail import draw_detail
from pages.ui.events.filter import draw_times_and_order
from pages.ui.events.table import draw_table
from pages.ui.events.timeline import draw_timeline
from pages.ui.shared.filter import draw_filter

choice = EventChoice.read()
st.title("Events", anchor=False)
draw_filter(choice, partial(draw_times_and_order, choice))
draw_timeline(choice)
draw_table(choice)
if choice.event_id is not None:
    draw_detail(choice.user_id, choice.event_id)
