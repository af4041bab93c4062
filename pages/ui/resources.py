"""What the web process has once: its settings, database, live topics and cookies."""

import logging
from uuid import UUID

import streamlit as st
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from burn_core.accounts import find_signed_in, get_cookie_key
from burn_core.cookies import Cookies
from burn_core.live import Live, split_topic
from burn_core.settings import Settings, read_settings
from burn_core.threads import is_member
from db import embedded
from db.connection import begin, open_engine

_log = logging.getLogger(__name__)


@st.cache_resource(show_spinner=False)
def get_settings() -> Settings:
    return read_settings()


@st.cache_resource(show_spinner=False)
def get_url() -> str:
    """The address of the database, which app.py's lifespan keeps running."""
    settings = get_settings()
    return settings.database_url or embedded.start(settings.burn_home)


@st.cache_resource(show_spinner=False)
def get_engine() -> Engine:
    return open_engine(get_url())


@st.cache_resource(show_spinner=False)
def get_live() -> Live:
    return Live(get_url(), _may_hear)


@st.cache_resource(show_spinner=False)
def get_cookies() -> Cookies:
    with begin(get_engine()) as session:
        return Cookies(get_cookie_key(session))


def _may_hear(cookie: str | None, topic: str) -> bool:
    """People hear of themselves, and of the threads that they are members of."""
    browser_id = get_cookies().read_cookie(cookie)
    about = split_topic(topic)
    if browser_id is None or about is None:
        return False
    with begin(get_engine()) as session:
        return _concerns(session, browser_id, *about)


def _concerns(session: Session, browser_id: UUID, table: str, id: UUID) -> bool:
    user = find_signed_in(session, browser_id)
    if user is None:
        return False
    return user.id == id if table == "users" else is_member(session, id, user.id)


def explain_error(error: Exception) -> bool:
    """What people see of an error that no page expected. The log has the rest."""
    _log.exception("a page failed", exc_info=error)
    if isinstance(error, OperationalError):
        st.error(
            "Burn's database is away. Nothing is lost: this page works again when it is back.",
            icon=":material/cloud_off:",
        )
    else:
        st.error("Something went wrong here. Reload the page to try again.")
    return True
