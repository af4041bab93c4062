"""The page for who isn't signed in."""

import streamlit as st

from pages.ui.shared.notice import draw_notice
from pages.ui.shared.visitor import sign_in_visitor

# A script can't set a cookie: the browser trades the ticket for one, and loads the page anew.
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
            "A group chat with three agents. **Sarah** asks you about yourself and writes down "
            "facts. **Jerry** and **Frankie** roast you with them. Beside the chat you see the "
            "rows in Postgres that all of it is made of: watch a fact appear when you say "
            "something, and a run when an agent decides to speak, or not to."
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
                help="Without one, the name belongs to this browser. With one, you can use it "
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
        st.error("The browser couldn't be signed in. Allow cookies for this site and try again.")
