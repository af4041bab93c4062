"""The person's own menu in the sidebar: signing out, and the password."""

from uuid import UUID

import streamlit as st

from burn_core.room import passwords, sessions
from burn_core.room.hashing import password_turn
from burn_core.room.identities import has_identity
from burn_core.room.limits import PASSWORDS_OF_NAME_AND_ADDRESS
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor, as_visitor_at_any_rate
from pages.ui.shared.database import find_browser_id
from pages.ui.shared.entering import begin_to_enter
from pages.ui.shared.live import announce, read_revision
from pages.ui.shared.markdown import escape
from pages.ui.shared.provider import leave_provider
from pages.ui.shared.resources import get_door_engine, get_rate_limits


def draw_own_menu(visitor: User) -> None:
    has_password, has_provider = _load_ways_in(visitor.id, read_revision(f"users:{visitor.id}"))
    with st.popover(f"Signed in as {escape(visitor.name)}", key="own-menu", width="stretch"):
        st.button("Sign out", key="sign-out", on_click=_sign_out, width="stretch")
        st.button(
            "Sign out everywhere",
            key="sign-out-everywhere",
            on_click=_sign_out_everywhere,
            width="stretch",
        )
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
            "New password", key="new-password", type="password", autocomplete="new-password"
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
        announce(f"sessions:{browser_id}")
    leave_provider()


@as_visitor_at_any_rate
def _forget(visitor: User) -> None:
    browser_id = find_browser_id()
    if browser_id is not None:
        with begin(get_door_engine()) as session:
            sessions.forget(session, visitor.id, browser_id)
        announce(f"sessions:{browser_id}")


@as_visitor_at_any_rate
def _sign_out_everywhere(visitor: User) -> None:
    with begin(get_door_engine()) as session:
        sessions.sign_out_everywhere(session, visitor.id, find_browser_id())
    announce(f"sessions:{find_browser_id()}")
    leave_provider()


@as_visitor
def _change_password(visitor: User) -> None:
    state = st.session_state
    # Somebody who sits down at an open screen could guess the current password there.
    get_rate_limits().check((PASSWORDS_OF_NAME_AND_ADDRESS, (visitor.name, visitor.id)))
    with password_turn(state["new-password"]), begin(get_door_engine()) as session:
        proof = passwords.change_password(
            session, visitor.id, state.get("current-password", ""), state["new-password"]
        )
    announce(f"sessions:{find_browser_id()}")
    begin_to_enter(proof)


@st.cache_resource(max_entries=5_000, ttl=60, show_spinner=False)
def _load_ways_in(user_id: UUID, revision: int) -> tuple[bool, bool]:
    """Whether the person has a password, and whether a provider vouches for them."""
    with begin(get_door_engine()) as session:
        return passwords.has_password(session, user_id), has_identity(session, user_id)
