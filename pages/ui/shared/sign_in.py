"""The sign-in page."""

import streamlit as st

from pages.ui.shared.notice import draw_notice
from pages.ui.shared.visitor import sign_in_visitor

# A script can't set a cookie: the browser exchanges the ticket for one, then reloads the page.
_enter = st.components.v2.component(
    "burn_enter",
    js="""
export default function ({ data, setTriggerValue }) {
  fetch("/enter", { method: "POST", body: data.ticket }).then(
    (answer) => (answer.ok ? location.reload() : setTriggerValue("failed", answer.status)),
    () => setTriggerValue("failed", 0)
  );
}
""",
)


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
                "Enter", type="primary", on_click=sign_in_visitor, width="stretch"
            )
        if problem := st.session_state.get("sign_in_problem"):
            st.error(problem)
        draw_notice()
        _draw_ticket()


@st.fragment
def _draw_ticket() -> None:
    ticket = st.session_state.get("ticket")
    if ticket is None:
        return
    result = _enter(key="enter", data={"ticket": ticket}, on_failed_change=lambda: None)
    if result.failed is not None:
        del st.session_state.ticket
        st.error("This browser couldn't be signed in. Allow cookies for this site and try again.")
