"""The database as this browser's visitor sees it."""

from uuid import UUID

import streamlit as st
from sqlalchemy import Engine

from burn_core.room.access import read_key
from burn_core.room.cookies import COOKIE_NAME
from db.visitor import Visitor, act_as
from pages.ui.shared.resources import get_cookies, get_web_engine


def get_engine() -> Engine:
    """Transactions of this engine read and write what the visitor may, and nothing else: Postgres
    sees to that (db/policies.sql).
    """
    return get_engine_for(find_browser_id(), find_key())


def get_engine_for(browser_id: UUID | None, key: UUID | None = None) -> Engine:
    """The same for the visitor of another moment, for what runs outside of the page."""
    return act_as(get_web_engine(), Visitor(browser_id, key))


def find_browser_id() -> UUID | None:
    """The id from this browser's cookie, if it has one."""
    return get_cookies().read_cookie(st.context.cookies.get(COOKIE_NAME))


def find_key() -> UUID | None:
    """The spectator's or the invitation's key in the address, if it has one."""
    address = st.query_params
    return read_key(address.get("key", address.get("invite")))
