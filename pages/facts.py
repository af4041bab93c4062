"""Facts: what is known about people in your threads, live, filtered as the address says."""

import streamlit as st

from pages.ui.facts.charts import draw_charts, draw_graph
from pages.ui.facts.choice import VIEWS, read_choice
from pages.ui.facts.filter import draw_filter
from pages.ui.facts.path import draw_path
from pages.ui.facts.table import draw_table
from pages.ui.shared import address
from pages.ui.shared.visitor import get_visitor


def choose_view() -> None:
    view = st.session_state["facts-view"]
    address.write(view=[] if view == VIEWS[0] else [view.lower()])


visitor = get_visitor()
choice = read_choice()
st.title("Facts", anchor=False)
draw_filter(visitor.id, choice)
address.set_widget("facts-view", choice.view)
table, charts, graph = st.tabs(VIEWS, key="facts-view", on_change=choose_view)
if table.open:
    rows, path = table.columns([2, 1], gap="medium")
    with rows:
        draw_table(visitor.id, choice)
    with path:
        draw_path(visitor.id, choice)
elif charts.open:
    with charts:
        draw_charts(visitor.id, choice)
elif graph.open:
    with graph:
        draw_graph(visitor.id, choice)
