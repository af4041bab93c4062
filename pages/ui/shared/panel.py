"""Panels, and the queries behind them: anybody could type what a panel shows."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial

import streamlit as st
from sqlalchemy.sql.expression import ClauseElement

from burn_core.explore.sql_text import write_sql
from pages.ui.shared.popover import draw_popover
from pages.ui.shared.visitor import find_visitor


def draw_sql(name: str, *statements: ClauseElement) -> None:
    """A button that opens the statements behind a panel's rows, ready to copy.

    Draw it outside the fragment that draws the rows: it doesn't change when they do.
    """
    draw_popover(
        "SQL",
        f"sql-{name}",
        partial(_draw_statements, name, statements),
        type="tertiary",
        icon=":material/database:",
    )


def _draw_statements(name: str, statements: Sequence[ClauseElement]) -> None:
    form = "queries" if len(statements) > 1 else "a query"
    st.caption(f"The rows of “{name}”, as {form}")
    for query in map(_write, statements):
        # Without syntax colours, whose contrast is too low in light mode.
        st.code(f"{query};", language=None, wrap_lines=True)
        # The console runs one statement at a time, and is for people who have signed in.
        if find_visitor() is not None:
            st.page_link(
                "sql.py",
                label="Open in the console",
                icon=":material/terminal:",
                query_params={"query": query},
            )


@contextmanager
def panel(title: str, name: str, *statements: ClauseElement) -> Iterator[None]:
    """A panel around what the block draws: above it the title, with an SQL button beside it."""
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(title, width="stretch")
            draw_sql(name, *statements)
        yield


# A statement takes longer to write as text than to run, and a thread's are the same for everybody.


@lru_cache(maxsize=1_000)
def cached_statement(
    select: Callable[..., ClauseElement], *values: Hashable, **more: Hashable
) -> ClauseElement:
    """select(*values, **more), made once, so that draw_sql writes it once for everybody."""
    return select(*values, **more)


@lru_cache(maxsize=1_000)
def _write(statement: ClauseElement) -> str:
    return write_sql(statement)
