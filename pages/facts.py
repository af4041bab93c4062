"""Facts: what is known about people in your threads, live, filtered as the address says."""

import streamlit as st

from pages.ui.fact_charts import draw_charts, draw_graph
from pages.ui.fact_filter import draw_filter, draw_views, read_choice
from pages.ui.fact_path import draw_path
from pages.ui.fact_table import draw_table
from pages.ui.visitor import get_visitor

visitor = get_visitor()
choice = read_choice()
st.title("Facts", anchor=False)
draw_filter(visitor.id, choice)
table, charts, graph = draw_views(choice)
with table:
    rows, path = st.columns([2, 1], gap="medium")
    with rows:
        draw_table(visitor.id, choice)
    with path:
        draw_path(visitor.id, choice)
if charts.open:
    with charts:
        draw_charts(visitor.id, choice)
if graph.open:
    with graph:
        draw_graph(visitor.id, choice)
