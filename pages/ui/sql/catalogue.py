"""What there is to ask: the tables, and how a notebook asks them."""

import streamlit as st

from burn_core.console.catalogue import CATALOGUE, read_catalogue, write_diagram, write_text
from burn_core.errors import UserError
from pages.ui.shared.markdown import escape
from pages.ui.shared.resources import get_settings
from pages.ui.shared.visitor import get_visitor
from pages.ui.sql.console import get_console

_ALT = "The tables, their columns, and which refers to which. The text below says the same."
_SNIPPET = '''# pip install pandas sqlalchemy "psycopg[binary]"
import pandas as pd
from sqlalchemy import create_engine

# For reading only. Whoever has this address can read all threads: keep it to yourself.
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
    """Asked as the reader, in Postgres' own catalogue: what a query here can name."""
    try:
        answer = get_console().run(get_visitor().id, CATALOGUE)
    except UserError as error:
        st.caption(escape(str(error)))
        return
    columns = read_catalogue(answer)
    st.caption(
        "Read from the catalogue of the database a moment ago, as the reader sees it: what is "
        "secret isn't there."
    )
    st.graphviz_chart(write_diagram(columns), width="stretch", alt=_ALT)
    with st.expander("The same as text", icon=":material/notes:"):
        st.code(write_text(columns), language=None, wrap_lines=True)
    with st.expander("The query that gave it", icon=":material/database:"):
        st.code(CATALOGUE, language=None, wrap_lines=True)


def draw_notebook() -> None:
    st.write(
        "In a notebook, the tables are data frames. The address is that of a login role that can "
        "only read; its password is in it. `python -m burn_core reader-url` prints it too."
    )
    if not get_settings().database_url:
        st.caption("This database listens on this machine only, while Burn runs.")
    st.code(
        _SNIPPET.format(url=get_console().write_url(get_visitor().id)),
        language=None,
        wrap_lines=True,
    )
