"""Where the visitor comes from, as far as that can be told before they have signed in."""

from uuid import UUID, uuid4

import streamlit as st

from burn_core.room.limits import Origin


def read_origin(browser_id: UUID | None) -> Origin:
    """browser_id is the one from the browser's cookie, if it has one."""
    tab_id = st.session_state.setdefault("tab_id", uuid4())
    return Origin(tab_id, browser_id, find_address())


def find_address() -> str | None:
    """The other end of the connection, or None if that is this machine.

    Streamlit warns that it can be spoofed. Not here: uvicorn believes the header X-Forwarded-For only
    from the proxies that its variable FORWARDED_ALLOW_IPS names.
    """
    return st.context.ip_address
