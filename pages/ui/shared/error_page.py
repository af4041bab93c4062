"""What people see when a page fails in a way that it didn't expect."""

import logging

import streamlit as st

from burn_core.room.access import ANYTHING
from db.errors import Away
from pages.ui.shared.live import follow, read_revision

_log = logging.getLogger(__name__)
_REVISION = "revision_at_start"


def note_revision() -> None:
    """Called as the page begins to run. If the database comes back while the page is failing, that
    is news to the page.
    """
    st.session_state[_REVISION] = read_revision(ANYTHING)


def explain_error(error: Exception) -> bool:
    """Say it in words. Returns True, so Streamlit shows nothing more. Its log has the details already."""
    if isinstance(error, Away):
        _log.warning("a page can't reach the database: %s", error.reason)
        st.error(
            f"{error.words} Nothing is lost, and this page comes back by itself.",
            icon=":material/cloud_off:",
        )
        follow("database", [ANYTHING], st.session_state.get(_REVISION, 0))
    else:
        st.error("Something went wrong here. Reload the page to try again.")
    return True
