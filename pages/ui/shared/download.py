"""The rows of a table as files, and as lines of Python for a notebook."""

from collections.abc import Callable
from functools import partial
from typing import Any
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
from burn_core.room.limits import FILES
from burn_core.room.sessions import find_signed_in
from db.connection import begin_reading
from pages.ui.shared.database import find_browser_id, get_engine_for
from pages.ui.shared.files import write_type
from pages.ui.shared.resources import get_rate_limits
from pages.ui.shared.visitor import get_visitor

ABOUT_CSV = (
    "In CSV files, text that a spreadsheet would take for a formula begins with an apostrophe."
)
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
        st.caption(ABOUT_CSV)
        st.markdown("**In a notebook**")
        st.code(write_snippet(name, statement), language=None, wrap_lines=True)
        st.caption("Use your database's address. Hosts find a read-only one on the SQL page.")


def _draw_file(name: str, label: str, statement: Statement) -> None:
    _, mime = _FILES[label]
    write = partial(write_file, label, statement, get_visitor().id)
    draw_file(label, write, f"{name}.{label.lower()}", mime, key=f"download-{name}-{label}")


def draw_file(
    label: str, write: Callable[[UUID], bytes], name: str, mime: str, **look: Any
) -> None:
    """A button that downloads a file. It is written for this browser's id, when it is asked for."""
    browser_id = find_browser_id()
    if browser_id is not None:
        st.download_button(
            label,
            data=partial(write, browser_id),
            file_name=name,
            mime=write_type(mime, browser_id),
            on_click="ignore",
            **look,
        )


def write_file(label: str, statement: Statement, visitor_id: UUID, browser_id: UUID) -> bytes:
    """The file. Raises TooFast, and NotAllowed if the browser is no longer signed in as the visitor."""
    get_rate_limits().check((FILES, visitor_id))
    write, _ = _FILES[label]
    with begin_reading(get_engine_for(browser_id)) as session:
        user = find_signed_in(session, browser_id)
        if user is None or user.id != visitor_id:
            raise NotAllowed("You are no longer signed in.")
        return write(session, statement)
