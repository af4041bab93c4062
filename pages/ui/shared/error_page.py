"""What people see when a page fails in a way that it didn't expect."""

import logging

import streamlit as st

from burn_core.room.access import ANYTHING
from db.errors import Away
from pages.ui.shared.live import follow, read_revision

_log = logging.getLogger(__name__)


def explain_error(error: Exception) -> bool:
    """Say it in words; the log has the details. Returns True: Streamlit need not show more."""
    if isinstance(error, Away):
        _log.warning("a page can't reach the database: %s", error.reason)
        st.error(
            f"{error.words} Nothing is lost, and this page comes back by itself.",
            icon=":material/cloud_off:",
        )
        follow("database", [ANYTHING], read_revision(ANYTHING))
    else:
        _log.error("a page failed", exc_info=error)
        st.error("Something went wrong here. Reload the page to try again.")
    return True
