"""Who can query the whole database: hosts add and remove each other."""

from functools import partial

import streamlit as st

from burn_core.room.hosts import add_host, check_host, list_hosts, remove_host
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor
from pages.ui.shared.action import draw_action
from pages.ui.shared.live import announce, follow, read_revision
from pages.ui.shared.markdown import escape
from pages.ui.shared.places import draw_in_places
from pages.ui.shared.resources import get_door_engine
from pages.ui.shared.visitor import get_visitor, is_host

_NOTE = "hosts_note"


@st.fragment(key="hosts")
def draw_hosts() -> None:
    visitor = get_visitor()
    topics = [f"users:{visitor.id}"]
    revision = read_revision(*topics)
    if not is_host():
        st.rerun()
    st.write(
        "Hosts can read everything in this instance, including all threads, and add or remove hosts."
    )
    with st.container():
        if note := st.session_state.pop(_NOTE, None):
            st.success(escape(note), icon=":material/check:")
    with begin(get_door_engine()) as session:
        hosts = list_hosts(session)
    with st.container():
        draw_in_places(
            "hosts",
            {
                host.id: partial(
                    _draw_host, host.name, is_me=host.id == visitor.id, is_last=len(hosts) == 1
                )
                for host in hosts
            },
        )
    with (
        st.form("add-host", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Name of somebody who has signed up", key="new-host")
        st.form_submit_button("Make host", key="make-host", on_click=_add)
    follow("hosts", topics, revision)


def _draw_host(name: str, *, is_me: bool, is_last: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"host-{name}"):
        st.markdown(escape(name) + (" (you)" if is_me else ""), width="content")
        if not is_last:
            label, question = (
                (
                    "Stop being a host",
                    "Stop being a host? Only another host can make you one again.",
                )
                if is_me
                else (f"Remove {escape(name)} as host", f"Remove {name} as host?")
            )
            draw_action(label, _change, name, False, key=f"remove-{name}", question=question)


def _add() -> None:
    _change(st.session_state["new-host"], True)


@as_visitor
def _change(visitor: User, name: str, is_host: bool) -> None:
    with begin(get_door_engine()) as session:
        # Somebody may have removed them since the page was drawn.
        check_host(session, visitor.id)
        user = (add_host if is_host else remove_host)(session, name)
    st.session_state[_NOTE] = f"{user.name} is {'now' if is_host else 'no longer'} a host."
    st.session_state["new-host"] = ""
    announce(f"users:{user.id}")
