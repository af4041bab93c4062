"""The sign-in page."""

import streamlit as st

from burn_core.room.hashing import FEWEST_CHARACTERS
from burn_core.room.identities import propose_name
from burn_core.room.proof import Identity
from pages.ui.shared.entering import (
    draw_entering,
    enter_once,
    enter_with_name,
    enter_with_new_name,
    find_vouched,
)
from pages.ui.shared.notice import draw_notice
from pages.ui.shared.provider import draw_provider_buttons, leave_provider, list_called


def draw_sign_in() -> None:
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        st.title("Burn", anchor=False)
        st.markdown(
            "A group chat with three agents. **Sarah** asks you about yourself and notes facts. "
            "**Jerry** and **Frankie** use them to roast you. Beside the chat you see the "
            "Postgres rows behind it: watch a fact appear when you say something, and a run "
            "each time an agent decides whether to speak."
        )
        vouched = find_vouched()
        if vouched is not None and vouched.user_id is None and vouched.identity is not None:
            _draw_name_form(vouched.identity)
        else:
            if vouched is not None:
                enter_once(vouched)
            _draw_form()
            draw_provider_buttons()
        draw_entering(is_from_provider=vouched is not None)
        draw_notice()


def _draw_form() -> None:
    with st.form("sign-in"):
        _draw_name(placeholder="ada")
        st.text_input(
            "Password (optional)",
            key="password",
            type="password",
            help="Without a password, your name works only in this browser. With one, it works "
            f"anywhere. It needs at least {FEWEST_CHARACTERS} characters.",
            autocomplete="current-password",
        )
        st.form_submit_button("Enter", type="primary", on_click=enter_with_name, width="stretch")


def _draw_name_form(identity: Identity) -> None:
    """For somebody whom a provider vouches for, and who is new here."""
    if "name" not in st.session_state:
        st.session_state.name = propose_name(*list_called())
    with st.form("new-name"):
        _draw_name()
        st.form_submit_button(
            "Enter",
            type="primary",
            on_click=enter_with_new_name,
            args=[identity],
            width="stretch",
        )
    st.button("Sign in another way", on_click=leave_provider, type="tertiary")


def _draw_name(placeholder: str | None = None) -> None:
    st.text_input(
        "Your name",
        key="name",
        placeholder=placeholder,
        help="2 to 16 characters: letters a to z, digits, _ and -",
        autocomplete="username",
    )
