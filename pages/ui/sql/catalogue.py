"""What can be queried: the tables, and how to query them from a notebook."""

import streamlit as st
from sqlalchemy import make_url

from burn_core.console.catalogue import CATALOGUE, read_catalogue, write_diagram, write_text
from burn_core.errors import UserError
from burn_core.room.limits import QUERIES
from pages.ui.shared.database import find_browser_id
from pages.ui.shared.markdown import escape
from pages.ui.shared.resources import get_console, get_rate_limits, get_settings
from pages.ui.shared.visitor import get_visitor

_ALT = "The tables, their columns and their references. The text below says the same."
_SNIPPET = '''# pip install pandas sqlalchemy "psycopg[binary]"
import pandas as pd
from sqlalchemy import create_engine

# Read-only. Anyone with this address can read all threads: keep it to yourself.
engine = create_engine(
    "{url}"
)
facts = pd.read_sql(
    """
    SELECT u.name AS subject, f.predicate, f.object, f.category, f.confidence, f.inserted_at
    FROM facts f JOIN users u ON u.id = f.subject_id
    """,
    engine,
)
facts.groupby(["subject", "category"]).size().unstack(fill_value=0)
'''


def draw_schema() -> None:
    """What a query can name: Postgres' own catalogue, read as the read-only role."""
    try:
        get_rate_limits().check((QUERIES, get_visitor().id))
        result = get_console().run(find_browser_id(), CATALOGUE)
    except UserError as error:
        st.caption(escape(str(error)))
        return
    columns = read_catalogue(result)
    st.caption(
        "Read from the database's catalogue a moment ago, as the read-only role sees it: without "
        "the secret tables and columns."
    )
    st.graphviz_chart(write_diagram(columns), width="stretch", alt=_ALT)
    with st.expander("The same as text", icon=":material/notes:"):
        st.code(write_text(columns), language=None, wrap_lines=True)
    with st.expander("The query behind it", icon=":material/database:"):
        st.code(CATALOGUE, language=None, wrap_lines=True)


def draw_notebook() -> None:
    st.write(
        "In a notebook, the tables are data frames. This address has the name of the read-only role, "
        "and its password once you ask for it. `python -m burn_core reader-url` prints it too."
    )
    if not get_settings().database_url:
        st.caption(
            "This database accepts connections from this machine only, while Burn is running."
        )
    url = get_console().write_url(find_browser_id())
    # Others may be looking: at a projector, or over a shoulder.
    if not st.toggle("Show the password", key="show-password"):
        url = make_url(url).render_as_string(hide_password=True)
    st.code(_SNIPPET.format(url=url), language=None, wrap_lines=True)
