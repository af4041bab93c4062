"""SQL: the database, read-only. Hosts query all of it, others what they can see."""

import streamlit as st

from pages.ui.shared.visitor import is_host
from pages.ui.sql.catalogue import draw_notebook, draw_schema
from pages.ui.sql.console import draw_console
from pages.ui.sql.hosts import draw_hosts

st.title("SQL", anchor=False)
if is_host():
    st.caption("You are a host: you can read everything here, including all threads.")
else:
    st.caption(
        "You can read the rows of your threads, and how agents are made. Postgres itself leaves "
        "out the rest: it knows who is asking."
    )
# Only an open tab is drawn: neither the catalogue nor the role's password is read before.
for_hosts = ["Notebook", "Hosts"] if is_host() else []
query, schema, *others = st.tabs(["Query", "Schema", *for_hosts], key="part", on_change="rerun")
with query:
    draw_console()
if schema.open:
    with schema:
        draw_schema()
for tab, draw in zip(others, (draw_notebook, draw_hosts), strict=False):
    if tab.open:
        with tab:
            draw()
