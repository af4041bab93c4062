"""The left: your threads, and who you are."""

import streamlit as st

from burn_core.threads import create_thread, list_threads
from db.connection import begin
from pages.ui.live import announce, follow, read_revision
from pages.ui.markdown import escape
from pages.ui.resources import get_engine
from pages.ui.visitor import get_visitor, sign_out_visitor


def draw_sidebar() -> None:
    with st.sidebar:
        st.subheader(":material/local_fire_department: Burn", anchor=False)
        st.button(
            "New thread", key="new", icon=":material/add:", width="stretch", on_click=start_thread
        )
        _draw_threads()
        st.divider()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"You are {get_visitor().name}", width="stretch")
            st.button("Sign out", key="sign-out", on_click=sign_out_visitor, type="tertiary")


def start_thread() -> None:
    """Make a thread and go to it: a callback.

    The address changes within the page. A switch of pages would be lost when, in the same
    moment, the news of the new thread makes a fragment of the old page run.
    """
    visitor = get_visitor()
    with begin(get_engine()) as session:
        thread = create_thread(session, visitor.id)
    announce(f"users:{visitor.id}")
    st.query_params["thread"] = str(thread.id)


@st.fragment(key="threads")
def _draw_threads() -> None:
    visitor = get_visitor()
    revision = read_revision()
    with begin(get_engine()) as session:
        threads = list_threads(session, visitor.id)
    for thread in threads:
        st.page_link(
            "thread.py",
            label=escape(thread.name),
            icon=":material/chat_bubble:",
            query_params={"thread": str(thread.id)},
            width="stretch",
        )
    topics = [f"users:{visitor.id}", *(f"threads:{thread.id}" for thread in threads)]
    follow("threads", topics, revision)
