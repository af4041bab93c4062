"""The dialog for editing a thread. It shows only what the visitor is allowed to do."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

import streamlit as st

from burn_core.room.memberships import (
    Member,
    add_agent,
    leave_thread,
    let_in,
    list_agents,
    list_members,
    list_removed,
    remove_member,
)
from burn_core.room.threads import (
    Thread,
    close_thread,
    find_spectator_key,
    get_thread,
    rename_thread,
    renew_invitation,
    reopen_thread,
    share_thread,
    unshare_thread,
)
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor
from pages.ui.shared.action import draw_action, stop_asking
from pages.ui.shared.base_path import add_base
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import announce, follow, read_revision
from pages.ui.shared.markdown import escape
from pages.ui.shared.places import draw_in_places
from pages.ui.shared.visitor import get_viewer, reading_thread
from pages.ui.thread.export import draw_export
from pages.ui.thread.invitation import find_invite_address
from pages.ui.thread.links import make_link

_THREAD_ID = "edited_thread_id"
_NOTE = "edit_note"
_MEMBERS = "edit_members"
_ABSENT = "edit_absent"


def open_edit_dialog(thread_id: UUID) -> None:
    """A callback: the dialog opens in the next run."""
    _close()
    st.session_state[_THREAD_ID] = thread_id


def draw_edit_dialog(thread_id: UUID) -> None:
    if st.session_state.get(_THREAD_ID) == thread_id:
        _draw_dialog(thread_id)


def _close() -> None:
    stop_asking()
    for key in (_THREAD_ID, _NOTE, _MEMBERS, _ABSENT):
        st.session_state.pop(key, None)


@st.dialog("Edit thread", width="medium", icon=":material/settings:", on_dismiss=_close)
def _draw_dialog(thread_id: UUID) -> None:
    viewer = get_viewer(thread_id)
    if viewer.member is None:
        st.rerun()
    topics = [f"threads:{thread_id}", f"memberships:{thread_id}"]
    revision = read_revision(*topics)
    with reading_thread(thread_id) as session:
        thread = get_thread(session, thread_id)
        key = find_spectator_key(session, thread_id)
        members = list_members(session, thread_id)
    _draw_name(thread)
    # Each part has a place of its own. If a part moved when the one above it gets longer, it would be
    # on the screen twice until the run has ended.
    with st.container():
        # It stays until the next action: news of what was done comes within moments.
        if note := st.session_state.get(_NOTE):
            st.success(escape(note), icon=":material/check:")
    with st.container():
        _draw_members(thread_id, members, viewer.member)
    with st.container():
        _draw_links(thread, key, viewer.member)
    _draw_closing(thread, viewer.member)
    follow("edit-dialog", topics, revision)


def _draw_name(thread: Thread) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", thread.name, key=f"name-{thread.id}")
        st.button("Rename", key="rename", on_click=_rename, args=[thread.id])


def _draw_members(thread_id: UUID, members: list[Member], own: Member) -> None:
    st.markdown("**Members**")
    rows = {each.user.id: partial(_draw_member, thread_id, each, own) for each in members}
    absent: list[User] = []
    if own.is_owner:
        names = {member.user.name for member in members}
        with begin(get_engine()) as session:
            absent = [agent.user for agent in list_agents(session) if agent.user.name not in names]
            removed = list_removed(session, thread_id)
        rows |= {person.id: partial(_draw_removed, thread_id, person) for person in removed}
    with st.container():
        draw_in_places(_MEMBERS, rows)
    with st.container(horizontal=True):
        adding = {agent.id: partial(_draw_absent, thread_id, agent) for agent in absent}
        draw_in_places(_ABSENT, adding, width="content")


def _draw_member(thread_id: UUID, member: Member, own: Member) -> None:
    user = member.user
    with st.container(horizontal=True, vertical_alignment="center", key=f"member-{user.id}"):
        out = " :gray-badge[tapped out]" if member.has_tapped_out else ""
        you = " (you)" if user.id == own.user.id else ""
        st.markdown(f"{escape(user.name)}{you} :gray-badge[{member.role}]{out}", width="stretch")
        if own.is_owner and user.id != own.user.id:
            _draw_action(
                "Remove",
                remove_member,
                thread_id,
                user.id,
                question=f"Remove {user.name}?",
                note=f"Removed {user.name}.",
            )


def _draw_removed(thread_id: UUID, person: User) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"member-{person.id}"):
        st.markdown(f"{escape(person.name)} :gray-badge[removed]", width="stretch")
        note = f"{person.name} can join again with an invite link."
        _draw_action("Let back in", let_in, thread_id, person.id, note=note)


def _draw_absent(thread_id: UUID, agent: User) -> None:
    note = f"Added {agent.name}."
    _draw_action(f"Add {agent.name}", add_agent, thread_id, agent.id, note=note)


def _draw_links(thread: Thread, key: UUID | None, own: Member) -> None:
    st.markdown("**Links**")
    st.caption("Anyone with this link can join and chat, except people whom the owner removed:")
    st.code(make_link(find_invite_address(thread.id) or ""), language=None, wrap_lines=True)
    if own.is_owner:
        question = "Make a new invite link? The old one will no longer work."
        note = "The old invite link no longer works."
        _draw_action("New invite link", renew_invitation, thread.id, question=question, note=note)
    if key is not None:
        st.caption("Anyone with this link can watch without signing in:")
        st.code(make_link(add_base(f"/watch?key={key}")), language=None, wrap_lines=True)
        if own.is_owner:
            question = "Revoke this link? Nobody will be able to watch with it."
            note = "The link no longer works."
            _draw_action("Revoke link", unshare_thread, thread.id, question=question, note=note)
    elif own.is_owner:
        note = "Anyone with the link can watch."
        _draw_action("Create a spectator link", share_thread, thread.id, note=note)


def _draw_closing(thread: Thread, own: Member) -> None:
    with st.container(horizontal=True):
        if own.is_owner and thread.is_open:
            question = "Close this thread? Nobody can chat in it until you reopen it."
            note = "Thread closed."
            _draw_action("Close thread", close_thread, thread.id, question=question, note=note)
        elif own.is_owner:
            note = "Thread reopened."
            _draw_action("Reopen thread", reopen_thread, thread.id, note=note)
        _draw_action("Leave", leave_thread, thread.id, question="Leave this thread?")
        draw_export(thread.id)


def _draw_action(
    label: str,
    act: Callable[..., object],
    thread_id: UUID,
    *more: UUID,
    question: str = "",
    note: str = "",
) -> None:
    """A button that calls act(session, thread_id, visitor's id, *more) and then shows the note."""
    key = "-".join([act.__name__, *map(str, more)])
    draw_action(label, _do, act, thread_id, note, *more, key=key, question=question)


def _rename(thread_id: UUID) -> None:
    _do(rename_thread, thread_id, "Renamed.", st.session_state[f"name-{thread_id}"])


@as_visitor
def _do(
    visitor: User, act: Callable[..., object], thread_id: UUID, note: str, *more: object
) -> None:
    st.session_state.pop(_NOTE, None)
    with begin(get_engine()) as session:
        act(session, thread_id, visitor.id, *more)
    if act is leave_thread:
        st.query_params.pop("thread", None)
    st.session_state[_NOTE] = note
    tables = ("threads", "memberships", "events")
    announce(f"users:{visitor.id}", *(f"{table}:{thread_id}" for table in tables))
