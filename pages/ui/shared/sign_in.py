"""The sign-in page."""

import streamlit as st

from pages.ui.shared.entering import draw_entering, enter_with_name
from pages.ui.shared.notice import draw_notice


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
        with st.form("sign-in"):
            st.text_input(
                "Your name",
                key="name",
                max_chars=16,
                placeholder="ada",
                help="2 to 16 characters: letters a to z, digits, _ and -",
                autocomplete="username",
            )
            st.text_input(
                "Password (optional)",
                key="password",
                type="password",
                help="Without a password, your name works only in this browser. With one, it works "
                "anywhere.",
                autocomplete="current-password",
            )
            st.form_submit_button(
                "Enter", type="primary", on_click=enter_with_name, width="stretch"
            )
        draw_entering()
        draw_notice()
