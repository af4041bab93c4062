"""The rows of a table as files, and as lines of Python for a notebook."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import BoundedSemaphore, Lock
from typing import Any
from uuid import UUID

import streamlit as st
from sqlalchemy.orm import Session

from burn_core.errors import NotAllowed, TooFast
from burn_core.explore.downloads import (
    MOST_MEGABYTES,
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
    "In CSV files, an apostrophe stands before text that a spreadsheet would take for a formula."
)
# When a download is refused, Streamlit doesn't say why.
ABOUT_LIMIT = (
    "Each person has one download at a time. "
    f"After {FILES.at_once} in a row, there is one more every {FILES.every_seconds} seconds."
)
_AT_ONCE = 2
_LONGEST_WAIT_SECONDS = 30.0
_TRY_AGAIN_SECONDS = 10
Write = Callable[[Session], bytes]
_FILES: dict[str, tuple[Callable[[Session, Statement], bytes], str]] = {
    "CSV": (write_csv, "text/csv"),
    "JSON": (write_json, "application/json"),
    "Parquet": (write_parquet, "application/vnd.apache.parquet"),
}
# Each of them may hold several times MOST_MEGABYTES while it is written.
_turns = BoundedSemaphore(_AT_ONCE)
_downloading: set[UUID] = set()
_downloading_lock = Lock()


def draw_downloads(name: str, statement: Statement) -> None:
    """A button that offers all rows of the statement, whatever its limit.

    name is the name of the files, and of the frame in the notebook.
    """
    with st.popover("Download", icon=":material/download:", key=f"download-{name}"):
        st.caption(
            f"All rows that match, in this order, up to {MOST_ROWS:,}. If they have more than "
            f"{MOST_MEGABYTES} MB, the download fails: narrow them down."
        )
        with st.container(horizontal=True):
            for label in _FILES:
                _draw_file(name, label, statement)
        st.caption(f"{ABOUT_CSV} {ABOUT_LIMIT}")
        st.markdown("**In a notebook**")
        st.code(write_snippet(name, statement), language=None, wrap_lines=True)
        st.caption("Use your database's address. Hosts find a read-only one on the SQL page.")


def _draw_file(name: str, label: str, statement: Statement) -> None:
    _, mime = _FILES[label]
    write = partial(write_rows, label, statement)
    draw_file(label, write, f"{name}.{label.lower()}", mime, key=f"download-{name}-{label}")


def write_rows(label: str, statement: Statement, session: Session) -> bytes:
    """The rows as a file of that kind."""
    write, _ = _FILES[label]
    return write(session, statement)


def draw_file(label: str, write: Write, name: str, mime: str, **look: Any) -> None:
    """A button that downloads a file. It is written for the visitor and this browser, when it is
    asked for.
    """
    browser_id = find_browser_id()
    if browser_id is not None:
        st.download_button(
            label,
            data=partial(write_file, write, get_visitor().id, browser_id),
            file_name=name,
            mime=write_type(mime, browser_id),
            on_click="ignore",
            **look,
        )


def write_file(write: Write, visitor_id: UUID, browser_id: UUID) -> bytes:
    """The file. Raises TooFast, and NotAllowed if the browser is no longer signed in as the visitor."""
    get_rate_limits().check((FILES, visitor_id))
    with _turn(visitor_id), begin_reading(get_engine_for(browser_id)) as session:
        user = find_signed_in(session, browser_id)
        if user is None or user.id != visitor_id:
            raise NotAllowed("You are no longer signed in.")
        return write(session)


@contextmanager
def _turn(visitor_id: UUID) -> Iterator[None]:
    """The visitor's only download. It waits while too many others have theirs. Raises TooFast.

    A second one doesn't wait: Streamlit has few threads for downloads, and one person would take all.
    """
    with _downloading_lock:
        if visitor_id in _downloading:
            raise TooFast("Another download of yours is on its way.", _TRY_AGAIN_SECONDS)
        _downloading.add(visitor_id)
    try:
        if not _turns.acquire(timeout=_LONGEST_WAIT_SECONDS):
            raise TooFast("Many people are downloading right now.", _TRY_AGAIN_SECONDS)
        try:
            yield
        finally:
            _turns.release()
    finally:
        _downloading.discard(visitor_id)
