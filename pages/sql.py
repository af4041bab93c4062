"""SQL: the whole database, read-only, for the hosts of this instance."""

import streamlit as st

from pages.ui.shared.visitor import is_host
from pages.ui.sql.catalogue import draw_notebook, draw_schema
from pages.ui.sql.console import draw_console
from pages.ui.sql.hosts import draw_hosts

st.title("SQL", anchor=False)
if not is_host():
    st.write(
        "Only hosts can query this instance's database. Ask a host to add you on this page. The rows "
        "of your own threads are under “Facts” and “Events”."
    )
    st.stop()

st.caption(
    "This console can read everything in this instance, including all threads. It changes nothing."
)
# Only an open tab is drawn: neither the catalogue nor the role's password is read before.
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
