"""The query behind a panel: what it shows is what anybody may type."""

import streamlit as st
from sqlalchemy.sql.expression import ClauseElement

from burn_core.sql import write_sql
from pages.ui.visitor import is_host


def draw_sql(panel: str, *statements: ClauseElement) -> None:
    """A button that opens the statements that give the panel's rows, ready to copy.

    Draw it outside of the fragment that draws the rows: it doesn't change with them.
    """
    query = ";\n\n".join(map(write_sql, statements))
    with st.popover("SQL", type="tertiary", icon=":material/database:", key=f"sql-{panel}"):
        st.caption(f"The rows of “{panel}”, as a query")
        st.code(query, language="sql", wrap_lines=True)
        if is_host():
            st.page_link(
                "sql.py",
                label="Open in the console",
                icon=":material/terminal:",
                query_params={"query": query},
            )
