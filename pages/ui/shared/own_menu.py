"""The person's own menu in the sidebar: signing out, the password, and deleting the account."""

from functools import partial

import streamlit as st

from burn_core.room import passwords, sessions
from burn_core.room.access import write_session_topic
from burn_core.room.account import delete_account
from burn_core.room.hashing import FEWEST_CHARACTERS, password_turn
from burn_core.room.identities import has_identity
from burn_core.room.limits import PASSWORDS_OF_NAME_AND_ADDRESS
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor, as_visitor_at_any_rate
from pages.ui.shared.database import find_browser_id, get_engine
from pages.ui.shared.entering import begin_to_enter, draw_note
from pages.ui.shared.live import announce
from pages.ui.shared.markdown import escape
from pages.ui.shared.origin import find_address
from pages.ui.shared.popover import draw_popover
from pages.ui.shared.provider import leave_provider
from pages.ui.shared.resources import get_door_engine, get_rate_limits


def draw_own_menu(visitor: User) -> None:
    draw_note()
    draw_popover(
        f"Signed in as {escape(visitor.name)}",
        "own-menu",
        partial(_draw_ways, visitor),
        width="stretch",
    )


def _draw_ways(visitor: User) -> None:
    st.button("Sign out", key="sign-out", on_click=_sign_out, width="stretch")
    st.button(
        "Sign out everywhere",
        key="sign-out-everywhere",
        on_click=_sign_out_everywhere,
        width="stretch",
    )
    with begin(get_door_engine()) as session:
        has_password = passwords.has_password(session, visitor.id)
        has_provider = has_identity(session, visitor.id)
    _draw_password_form(has_password)
    if not has_password and not has_provider:
        st.divider()
        st.caption(
            f"On a shared computer, set a password. Or let this browser forget you: as "
            f"{escape(visitor.name)} has no password, **nobody can use the name again, you included**."
        )
        is_sure = st.checkbox("Yes, give the name up", key="forget-sure")
        st.button(
            "Sign out and forget me here",
            key="forget",
            on_click=_forget,
            width="stretch",
            disabled=not is_sure,
        )
    _draw_deletion(visitor)


def _draw_deletion(visitor: User) -> None:
    st.divider()
    st.caption(
        f"Delete your account: your messages, every fact about you, the agents' questions and jokes about"
        f" you, and the name {escape(visitor.name)} go from every thread, and so do the threads in which"
        " nobody else is. What other people wrote stays. **This can't be undone.**"
    )
    is_sure = st.checkbox("Yes, delete everything", key="delete-sure")
    st.button(
        "Delete my account",
        key="delete-account",
        icon=":material/delete_forever:",
        on_click=_delete_account,
        width="stretch",
        disabled=not is_sure,
    )


def _draw_password_form(has_password: bool) -> None:
    with st.form("own-password", border=False):
        if has_password:
            st.text_input(
                "Current password",
                key="current-password",
                type="password",
                autocomplete="current-password",
            )
        st.text_input(
            "New password",
            key="new-password",
            type="password",
            placeholder=f"At least {FEWEST_CHARACTERS} characters",
            autocomplete="new-password",
        )
        st.form_submit_button(
            "Change password" if has_password else "Set password",
            key="set-password",
            help="Signs you out everywhere else",
            on_click=_change_password,
            width="stretch",
        )


@as_visitor_at_any_rate
def _sign_out(visitor: User) -> None:
    browser_id = find_browser_id()
    if browser_id is not None:
        with begin(get_door_engine()) as session:
            sessions.sign_out(session, browser_id)
        announce(write_session_topic(browser_id))
    leave_provider()


@as_visitor_at_any_rate
def _forget(visitor: User) -> None:
    browser_id = find_browser_id()
    if browser_id is not None:
        with begin(get_door_engine()) as session:
            sessions.forget(session, visitor.id, browser_id)
        announce(write_session_topic(browser_id))


@as_visitor
def _delete_account(visitor: User) -> None:
    browser_id = find_browser_id()
    with begin(get_engine()) as session:
        delete_account(session)
    announce(write_session_topic(browser_id), f"users:{visitor.id}")
    leave_provider()


@as_visitor_at_any_rate
def _sign_out_everywhere(visitor: User) -> None:
    with begin(get_door_engine()) as session:
        sessions.sign_out_everywhere(session, visitor.id, find_browser_id())
    announce(write_session_topic(find_browser_id()))
    leave_provider()


@as_visitor
def _change_password(visitor: User) -> None:
    state = st.session_state
    # Somebody who sits down at an open screen could guess the current password there.
    get_rate_limits().check((PASSWORDS_OF_NAME_AND_ADDRESS, (visitor.name, visitor.id)))
    current, new = state.get("current-password", ""), state["new-password"]
    with password_turn(new, find_address()), begin(get_door_engine()) as session:
        proof = passwords.change_password(session, visitor.id, current, new)
    announce(write_session_topic(find_browser_id()))
    begin_to_enter(
        proof,
        "Your new password is set. You are signed out everywhere else: sign in there with it.",
    )
