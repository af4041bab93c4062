"""What people see when something goes wrong that no page expected."""

import logging

import streamlit as st
from sqlalchemy.exc import OperationalError

from burn_core.room.access import ANYTHING
from pages.ui.shared.live import follow, read_revision

_log = logging.getLogger(__name__)


def explain_error(error: Exception) -> bool:
    """Say it in words. The log has the rest. Tells Streamlit that this is enough."""
    if isinstance(error, OperationalError):
        _log.warning("a page can't reach the database: %s", error.orig)
        st.error(
            "Burn's database is away. Nothing is lost, and this page comes back by itself.",
            icon=":material/cloud_off:",
        )
        follow("trouble", [ANYTHING], read_revision(ANYTHING))
    else:
        _log.error("a page failed", exc_info=error)
        st.error("Something went wrong here. Reload the page to try again.")
    return True
