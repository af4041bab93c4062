"""SQL: the whole database, read-only, for the hosts of this instance."""

import streamlit as st

from pages.ui.shared.visitor import is_host
from pages.ui.sql.catalogue import draw_notebook, draw_schema
from pages.ui.sql.console import draw_console
from pages.ui.sql.hosts import draw_hosts

st.title("SQL", anchor=False)
if not is_host():
    st.write(
        "Here the hosts of this instance ask its database. You are none of them: a host can name "
        "you one, on this page. Your own threads' rows are under “Facts” and “Events”."
    )
    st.stop()

st.caption("This console reads everything in this instance, all threads. It can change nothing.")
# What isn't looked at isn't asked for: the catalogue, and the reader's password.
query, schema, notebook, hosts = st.tabs(
    ["Query", "Schema", "Notebook", "Hosts"], key="part", on_change="rerun"
)
with query:
    draw_console()
if schema.open:
    with schema:
        draw_schema()
if notebook.open:
    with notebook:
        draw_notebook()
if hosts.open:
    with hosts:
        draw_hosts()
