"""Who is looking at the page."""

from uuid import UUID

import streamlit as st

from burn_core.accounts import User, find_signed_in, sign_in, sign_out
from burn_core.cookies import COOKIE_NAME, make_browser_id
from burn_core.errors import UserError
from burn_core.threads import find_member
from db.connection import begin
from pages.ui.resources import get_cookies, get_engine


def find_visitor() -> User | None:
    """The person that this browser is signed in as, looked up in every run."""
    browser_id = find_browser_id()
    if browser_id is None:
        return None
    with begin(get_engine()) as session:
        return find_signed_in(session, browser_id)


def get_visitor() -> User:
    """The signed-in person. Starts the page again, with its sign-in, if there is none."""
    visitor = find_visitor()
    if visitor is None:
        st.rerun()
    return visitor


def get_member(thread_id: UUID) -> User:
    """The visitor as a member of the thread. Starts the page again if they are none (any more),
    or if the address is of another thread by now.

    A click in the same moment as news runs its callback, but only the news' fragment: what the
    click changed is for the whole page.
    """
    member = None
    browser_id = find_browser_id()
    if browser_id is not None and st.query_params.get("thread") == str(thread_id):
        with begin(get_engine()) as session:
            member = find_member(session, browser_id, thread_id)
    if member is None:
        st.rerun()
    return member


def sign_in_visitor() -> None:
    """The form's callback: leaves a ticket for the cookie, or what is wrong."""
    state = st.session_state
    browser_id = find_browser_id() or make_browser_id()
    try:
        with begin(get_engine()) as session:
            sign_in(session, browser_id, state.name, state.password)
    except UserError as error:
        state.sign_in_problem = str(error)
        return
    state.sign_in_problem = None
    if find_browser_id() is None:
        state.ticket = get_cookies().make_ticket(browser_id)


def sign_out_visitor() -> None:
    browser_id = find_browser_id()
    if browser_id is not None:
        with begin(get_engine()) as session:
            sign_out(session, browser_id)


def find_browser_id() -> UUID | None:
    """Which browser this is, if it has our cookie."""
    return get_cookies().read_cookie(st.context.cookies.get(COOKIE_NAME))
