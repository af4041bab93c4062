"""The top of a thread: its name, its members, who is here now, and the actions."""

from uuid import UUID

import streamlit as st

from burn_core.room.memberships import select_members
from burn_core.room.threads import Thread, get_thread, select_thread
from burn_core.room.visits import select_present
from pages.ui.shared import markdown
from pages.ui.shared.base_path import add_base
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, draw_sql
from pages.ui.shared.scripts import UI, read_scripts
from pages.ui.shared.visitor import get_viewer, reading_thread
from pages.ui.thread.edit_dialog import open_edit_dialog
from pages.ui.thread.invitation import find_invite_address
from pages.ui.thread.tables import PEOPLE, load_tables

# A button that copies a link to the clipboard.
_copy = st.components.v2.component(
    "burn_copy",
    html='<button type="button"><span aria-live="polite"></span></button>',
    css=(UI / "thread" / "copy.css").read_text(),
    js=read_scripts("thread/copy.js"),
)
_people = st.components.v2.component(
    "burn_people",
    html='<div class="burn-faces"><div role="list" aria-label="Members"></div><span></span></div>',
    js=read_scripts("shared/store.js", "shared/follow.js", "thread/people.js"),
    isolate_styles=False,
)


def draw_header(thread_id: UUID) -> None:
    invite_address = find_invite_address(thread_id)
    with st.container(key="header", gap="xxsmall"):
        draw_title(thread_id, invite_address)
        with st.container(horizontal=True, vertical_alignment="center"):
            if invite_address is not None:
                _draw_actions(thread_id, invite_address)
            draw_header_sql(thread_id)


@st.fragment(key="title")
def draw_title(thread_id: UUID, invite_address: str | None) -> None:
    """Its name and its members' faces, without the actions.

    The actions are outside this fragment, so rerun the whole page when the invite link changes.
    """
    get_viewer(thread_id)
    if find_invite_address(thread_id) != invite_address:
        st.rerun()
    topics = [f"threads:{thread_id}"]
    revision = read_revision(*topics)
    thread = _load_thread(thread_id, revision)
    closed = "" if thread.is_open else " :gray-badge[closed]"
    st.markdown(f"### {markdown.escape(thread.name)}{closed}")
    _people(key="people", data={"thread": str(thread_id), "tables": load_tables(thread_id, PEOPLE)})
    follow("title", topics, revision, rows_of=thread_id)


def draw_header_sql(thread_id: UUID) -> None:
    draw_sql(
        "People",
        cached_statement(select_thread, thread_id),
        cached_statement(select_members, thread_id),
        cached_statement(select_present, thread_id),
    )


def _draw_actions(thread_id: UUID, invite_address: str) -> None:
    _copy(
        key="invite",
        data={"label": "Invite", "address": invite_address},
        width="content",
    )
    st.button(
        "Edit", key="edit", icon=":material/settings:", on_click=open_edit_dialog, args=[thread_id]
    )
    st.link_button(
        "Projector",
        add_base(f"/projector?thread={thread_id}"),
        icon=":material/tv:",
        type="tertiary",
    )


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_thread(thread_id: UUID, revision: int) -> Thread:
    with reading_thread(thread_id) as session:
        return get_thread(session, thread_id)
