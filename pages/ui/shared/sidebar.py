"""The sidebar: your threads, and your name."""

import json
from functools import partial
from operator import attrgetter
from pathlib import Path
from uuid import UUID

import streamlit as st

from burn_core.room.broadcast import THREAD_LIST
from burn_core.room.limits import THREADS
from burn_core.room.memberships import list_agents
from burn_core.room.threads import create_thread, select_threads, select_unread
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import announce, follow, read_revision
from pages.ui.shared.own_menu import draw_own_menu
from pages.ui.shared.own_threads import load_own_threads
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.popover import draw_popover
from pages.ui.shared.resources import get_rate_limits, get_settings
from pages.ui.shared.scripts import read_scripts
from pages.ui.shared.topics import draw_limit
from pages.ui.shared.visitor import get_visitor

_FOLDER = Path(__file__).parent


# Links to threads. threads.js says why they aren't st.page_link.
_threads = st.components.v2.component(
    "burn_threads",
    html='<nav aria-label="Your threads"></nav>',
    css=(_FOLDER / "threads.css").read_text(),
    js=read_scripts("shared/store.js", "shared/follow.js", "shared/threads.js"),
)


def draw_sidebar() -> None:
    visitor = get_visitor()
    with st.sidebar:
        st.subheader(":material/local_fire_department: Burn", anchor=False)
        st.button(
            "New thread", key="new", icon=":material/add:", width="stretch", on_click=start_thread
        )
        draw_retention()
        current = st.query_params.get("thread")
        draw_popover(
            "Choose a name and agents",
            "new-thread",
            partial(_draw_new_thread_form, current),
            type="tertiary",
            icon=":material/tune:",
        )
        threads = cached_statement(select_threads, visitor.id)
        unread = cached_statement(select_unread, visitor.id)
        with panel("Your threads", "Your threads", threads, unread):
            _draw_threads(current)
        st.space("stretch")
        with st.container(horizontal=True, key="tables"):
            st.page_link("facts.py", label="Facts", icon=":material/lightbulb:")
            st.page_link("events.py", label="Events", icon=":material/timeline:")
            st.page_link("sql.py", label="SQL", icon=":material/terminal:")
        draw_own_menu(visitor)
        st.caption("Change the theme in the menu at the top right")


@as_visitor
def start_thread(visitor: User) -> None:
    """A callback: create a thread with every agent, and go to it."""
    _start(visitor)


def draw_retention() -> None:
    """Where threads are made: how long they last, if that is limited."""
    if hours := get_settings().burn_retention_hours:
        st.caption(f"A thread is deleted once nothing has happened in it for {hours:g} hours.")


def _draw_new_thread_form(drawn: str | None) -> None:
    """Start a thread with a chosen name and agents. drawn is the thread that the page shows."""
    if st.query_params.get("thread") != drawn:
        st.rerun()
    agents = _load_agents()
    st.text_input("Name (optional)", key="new-name", on_change="ignore")
    st.pills(
        "Agents",
        agents,
        default=agents,
        selection_mode="multi",
        format_func=attrgetter("name"),
        key="new-agents",
        on_change="ignore",
    )
    st.button("Create", key="create", type="primary", on_click=_start_chosen)
    draw_retention()


@st.cache_resource(ttl=60, show_spinner=False)
def _load_agents() -> list[User]:
    """Kept for a minute, so that the form stays on the screen even while the database is away."""
    with begin(get_engine()) as session:
        return [agent.user for agent in list_agents(session)]


@as_visitor
def _start_chosen(visitor: User) -> None:
    state = st.session_state
    _start(visitor, state["new-name"], [agent.id for agent in state["new-agents"]])
    state["new-name"], state["new-thread"] = "", False


def _start(visitor: User, name: str | None = None, agent_ids: list[UUID] | None = None) -> None:
    get_rate_limits().check((THREADS, visitor.id))
    with begin(get_engine()) as session:
        thread = create_thread(session, visitor.id, name, agent_ids)
    announce(f"users:{visitor.id}")
    # Only the address changes. A page switch would be lost if, at the same moment, the news of the
    # new thread reran a fragment of the old page.
    st.query_params["thread"] = str(thread.id)


@st.fragment(key="threads")
def _draw_threads(drawn: str | None) -> None:
    """drawn is the thread that the page shows. If the address has another, rerun the whole page."""
    visitor = get_visitor()
    current = st.query_params.get("thread")
    if current != drawn:
        st.rerun()
    revision = read_revision()
    threads = load_own_threads(visitor.id)
    data = {"person": str(visitor.id), "tables": json.dumps(threads), "current": current}
    _threads(key="threads-list", data=data)
    draw_limit(threads[THREAD_LIST]["put"])
    follow("threads", [], revision, own_of=visitor.id)
