"""Facts: what agents know about people in your threads, live, filtered as the address says."""

from functools import partial

import streamlit as st

from pages.ui.facts.charts import draw_charts, draw_graph
from pages.ui.facts.choice import VIEWS, FactChoice
from pages.ui.facts.filter import draw_confidence
from pages.ui.facts.path import draw_path
from pages.ui.facts.table import draw_table
from pages.ui.shared import address
from pages.ui.shared.filter import draw_filter


def choose_view() -> None:
    view = st.session_state["facts-view"]
    address.write(view=[] if view == VIEWS[0] else [view.lower()])


choice = FactChoice.read()
st.title("Facts", anchor=False)
draw_filter(choice, partial(draw_confidence, choice.filter))
address.set_widget("facts-view", choice.view)
table, charts, graph = st.tabs(VIEWS, key="facts-view", on_change=choose_view)
if table.open:
    rows, path = table.columns([2, 1], gap="medium")
    with rows:
        draw_table(choice)
    with path:
        draw_path(choice)
elif charts.open:
    with charts:
        draw_charts(choice)
elif graph.open:
    with graph:
        draw_graph(choice)
