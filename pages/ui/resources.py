"""What the web process has once: its settings, database, live topics and cookies."""

from uuid import UUID

import streamlit as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.accounts import find_signed_in, get_cookie_key
from burn_core.cookies import Cookies
from burn_core.live import Live, split_topic
from burn_core.settings import Settings, read_settings
from burn_core.threads import is_member
from db import embedded
from db.connection import begin, open_engine

# A topic that changes when the database comes back.
ANYTHING = "anything"


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
    if topic == ANYTHING:
        return True
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
