"""The query behind a panel: anybody could type it and get the same rows."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import streamlit as st
from sqlalchemy.sql.expression import ClauseElement

from burn_core.explore.sql_text import write_sql
from pages.ui.shared.visitor import is_host


def draw_sql(name: str, *statements: ClauseElement) -> None:
    """A button that opens the statements behind the panel's rows, ready to copy.

    Draw it outside the fragment that draws the rows, because it doesn't change with them.
    """
    with st.popover("SQL", type="tertiary", icon=":material/database:", key=f"sql-{name}"):
        form = "queries" if len(statements) > 1 else "a query"
        st.caption(f"The rows of “{name}”, as {form}")
        for query in map(_write, statements):
            # Without syntax colours, whose contrast is too low in light mode.
            st.code(f"{query};", language=None, wrap_lines=True)
            # The console runs one statement at a time.
            if is_host():
                st.page_link(
                    "sql.py",
                    label="Open in the console",
                    icon=":material/terminal:",
                    query_params={"query": query},
                )


@contextmanager
def panel(title: str, name: str, *statements: ClauseElement) -> Iterator[None]:
    """A panel, drawn in the block, under its title and the button for its statements."""
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(title, width="stretch")
            draw_sql(name, *statements)
        yield


# Writing a statement as text takes longer than running it, and many are the same for everybody.


@lru_cache(maxsize=1_000)
def cached_statement(
    select: Callable[..., ClauseElement], *values: Hashable, **more: Hashable
) -> ClauseElement:
    """select(*values, **more), which draw_sql then writes once for everybody."""
    return select(*values, **more)


@lru_cache(maxsize=1_000)
def _write(statement: ClauseElement) -> str:
    return write_sql(statement)
