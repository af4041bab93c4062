"""The rows of a table as files, and as lines of Python for a notebook."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import streamlit as st
from sqlalchemy.orm import Session

from burn_core.errors import NotAllowed
from burn_core.explore.downloads import (
    MOST_ROWS,
    write_csv,
    write_json,
    write_parquet,
    write_snippet,
)
from burn_core.explore.search import Statement
from burn_core.room.sessions import find_signed_in
from db.connection import begin_reading
from pages.ui.shared.resources import get_engine
from pages.ui.shared.visitor import find_browser_id, get_visitor

_Write = Callable[[Session, Statement], bytes]
_FILES: dict[str, tuple[_Write, str]] = {
    "CSV": (write_csv, "text/csv"),
    "JSON": (write_json, "application/json"),
    "Parquet": (write_parquet, "application/vnd.apache.parquet"),
}


def draw_downloads(name: str, statement: Statement) -> None:
    """A button that offers all rows of the statement, whatever its limit.

    name is the name of the files, and of the frame in the notebook.
    """
    with st.popover("Download", icon=":material/download:", key=f"download-{name}"):
        st.caption(f"All rows that match, in this order, up to {MOST_ROWS:,}")
        with st.container(horizontal=True):
            for label in _FILES:
                _draw_file(name, label, statement)
        st.caption(
            "CSV keeps text unchanged: a spreadsheet may take text that begins with = for a formula."
        )
        st.markdown("**In a notebook**")
        st.code(write_snippet(name, statement), language=None, wrap_lines=True)
        st.caption("Use your database's address. Hosts find a read-only one on the SQL page.")


def _draw_file(name: str, label: str, statement: Statement) -> None:
    _, mime = _FILES[label]
    st.download_button(
        label,
        data=partial(write_file, label, statement, get_visitor().id, find_browser_id()),
        file_name=f"{name}.{label.lower()}",
        mime=mime,
        key=f"download-{name}-{label}",
        on_click="ignore",
    )


def write_file(
    label: str, statement: Statement, visitor_id: UUID, browser_id: UUID | None
) -> bytes:
    """The file. Raises NotAllowed if the browser is no longer signed in as the visitor."""
    write, _ = _FILES[label]
    with begin_reading(get_engine()) as session:
        user = None if browser_id is None else find_signed_in(session, browser_id)
        if user is None or user.id != visitor_id:
            raise NotAllowed("You are no longer signed in.")
        return write(session, statement)
