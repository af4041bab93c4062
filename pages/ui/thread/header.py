"""The top of a thread: its name, its members, who is here now, and the actions."""

from collections.abc import Collection, Sequence
from html import escape
from pathlib import Path
from uuid import UUID

import streamlit as st

from burn_core.room.memberships import Member, list_members, select_members
from burn_core.room.threads import Thread, get_thread, select_thread
from burn_core.room.visits import list_present, select_present
from pages.ui.shared import markdown
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, draw_sql
from pages.ui.shared.visitor import get_viewer, reading_thread
from pages.ui.thread.avatar import draw_avatar
from pages.ui.thread.edit_dialog import open_edit_dialog
from pages.ui.thread.invitation import find_invite_address

_MOST_PEOPLE = 10
_FOLDER = Path(__file__).parent

# A button that copies a link to the clipboard.
_copy = st.components.v2.component(
    "burn_copy",
    html='<button type="button"><span aria-live="polite"></span></button>',
    css=(_FOLDER / "copy.css").read_text(),
    js=(_FOLDER / "copy.js").read_text(),
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
    topics = [f"{table}:{thread_id}" for table in ("threads", "memberships", "visits")]
    revision = read_revision(*topics)
    thread, members, visitors = _load_header(thread_id, revision)
    closed = "" if thread.is_open else " :gray-badge[closed]"
    st.markdown(f"### {markdown.escape(thread.name)}{closed}")
    st.html(_draw_faces(members, visitors))
    # When an audience joins, redraw the faces once a second, not for each person.
    follow("title", topics, revision, wait_ms=1_000)


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
        "Projector", f"/projector?thread={thread_id}", icon=":material/tv:", type="tertiary"
    )


def _draw_faces(members: Sequence[Member], visitors: Collection[UUID]) -> str:
    """The first people to join and all agents, then how many more there are."""
    people = [member for member in members if not member.user.is_agent]
    shown = [*people[:_MOST_PEOPLE], *members[len(people) :]]
    faces = "".join(_draw_face(member, member.user.id in visitors) for member in shown)
    rest = ""
    if more := len(people[_MOST_PEOPLE:]):
        rest = f"<span>and {more} more, {len(visitors)} here now</span>"
    return f'<div class="burn-faces"><div role="list">{faces}</div>{rest}</div>'


def _draw_face(member: Member, is_here: bool) -> str:
    words = f"{member.user.name}, {member.role}"
    if is_here:
        words += ", here now"
    if member.has_tapped_out:
        words += ", tapped out"
    kinds = (
        f"burn-face {'burn-here' if is_here else ''} {'burn-out' if member.has_tapped_out else ''}"
    )
    return (
        f'<span role="listitem" class="{kinds}"><img src="{escape(draw_avatar(member.user))}" '
        f'alt="{escape(words)}" title="{escape(words)}"></span>'
    )


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_header(thread_id: UUID, revision: int) -> tuple[Thread, list[Member], set[UUID]]:
    with reading_thread(thread_id) as session:
        return (
            get_thread(session, thread_id),
            list_members(session, thread_id),
            list_present(session, thread_id),
        )
