"""The dialog in which a thread is edited. What the visitor may not do, it doesn't offer."""

from collections.abc import Callable
from uuid import UUID

import streamlit as st

from burn_core.room.memberships import (
    Member,
    add_agent,
    leave_thread,
    list_agents,
    list_members,
    remove_member,
)
from burn_core.room.threads import (
    MAX_NAME_CHARACTERS,
    Thread,
    close_thread,
    find_spectator_key,
    get_thread,
    rename_thread,
    reopen_thread,
    share_thread,
    unshare_thread,
)
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor
from pages.ui.shared.live import announce, follow, read_revision
from pages.ui.shared.markdown import escape
from pages.ui.shared.resources import get_engine
from pages.ui.shared.visitor import get_viewer
from pages.ui.thread.export import draw_export
from pages.ui.thread.links import make_link

_OPEN = "thread that is edited"
_NOTE = "what the editor did"
_CONFIRMING = "what the editor asks about"


def open_editor(thread_id: UUID) -> None:
    """A callback: the dialog opens in the run that follows."""
    _forget()
    st.session_state[_OPEN] = thread_id


def draw_editor(thread_id: UUID) -> None:
    if st.session_state.get(_OPEN) == thread_id:
        _draw_dialog(thread_id)


def _forget() -> None:
    for key in (_OPEN, _NOTE, _CONFIRMING):
        st.session_state.pop(key, None)


@st.dialog("Edit thread", width="medium", icon=":material/settings:", on_dismiss=_forget)
def _draw_dialog(thread_id: UUID) -> None:
    viewer = get_viewer(thread_id)
    if viewer.member is None:
        st.rerun()
    topics = [f"threads:{thread_id}", f"memberships:{thread_id}"]
    revision = read_revision(*topics)
    with begin(get_engine()) as session:
        thread = get_thread(session, thread_id)
        key = find_spectator_key(session, thread_id)
        members = list_members(session, thread_id)
    _draw_name(thread)
    if note := st.session_state.pop(_NOTE, None):
        st.success(note, icon=":material/check:")
    _draw_members(thread_id, members, viewer.member)
    _draw_links(thread, key, viewer.member)
    _draw_ends(thread, viewer.member)
    follow("editor", topics, revision)


def _draw_name(thread: Thread) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", thread.name, key=f"name-{thread.id}", max_chars=MAX_NAME_CHARACTERS)
        st.button("Rename", key="rename", on_click=_rename, args=[thread.id])


def _draw_members(thread_id: UUID, members: list[Member], me: Member) -> None:
    st.markdown("**Who is in it**")
    for member in members:
        _draw_member(thread_id, member, me)
    if me.is_owner:
        here = {member.user.name for member in members}
        with begin(get_engine()) as session:
            away = [agent.user for agent in list_agents(session) if agent.user.name not in here]
        with st.container(horizontal=True):
            for agent in away:
                note = f"{agent.name} is in."
                _offer(f"Add {agent.name}", add_agent, thread_id, agent.id, note=note)


def _draw_member(thread_id: UUID, member: Member, me: Member) -> None:
    user = member.user
    with st.container(horizontal=True, vertical_alignment="center", key=f"member-{user.id}"):
        out = " :gray-badge[tapped out]" if member.has_tapped_out else ""
        you = " (you)" if user.id == me.user.id else ""
        st.markdown(f"{escape(user.name)}{you} :gray-badge[{member.role}]{out}", width="stretch")
        if me.is_owner and user.id != me.user.id:
            _offer(
                "Remove",
                remove_member,
                thread_id,
                user.id,
                question=f"Remove {user.name}?",
                note=f"{user.name} is removed.",
            )


def _draw_links(thread: Thread, key: UUID | None, me: Member) -> None:
    st.markdown("**Links**")
    st.caption("Who opens this one can join and speak:")
    st.code(make_link(f"/?thread={thread.id}"), language=None, wrap_lines=True)
    if key is not None:
        st.caption("Who opens this one can read along, without signing in:")
        st.code(make_link(f"/watch?key={key}"), language=None, wrap_lines=True)
        if me.is_owner:
            note = "The link is good no more."
            _offer("Take this link back", unshare_thread, thread.id, note=note)
    elif me.is_owner:
        note = "Whoever has the link can read along."
        _offer("Make a link for spectators", share_thread, thread.id, note=note)


def _draw_ends(thread: Thread, me: Member) -> None:
    with st.container(horizontal=True):
        if me.is_owner and thread.is_open:
            question = "Close it? Nobody can speak then, until you reopen it."
            note = "The thread is closed."
            _offer("Close the thread", close_thread, thread.id, question=question, note=note)
        elif me.is_owner:
            note = "The thread is open again."
            _offer("Reopen the thread", reopen_thread, thread.id, note=note)
        _offer("Leave", leave_thread, thread.id, question="Leave this thread?")
        draw_export(thread.id)


def _offer(
    label: str,
    act: Callable[..., object],
    thread_id: UUID,
    *more: UUID,
    question: str = "",
    note: str = "",
) -> None:
    """A button that does act(session, thread_id, visitor's id, *more), and notes that it is done.

    With a question, it asks first.
    """
    key = "-".join([act.__name__, *map(str, more)])
    args = [act, thread_id, note, *more]
    if not question:
        st.button(label, key=key, on_click=_do, args=args)
    elif st.session_state.get(_CONFIRMING) != key:
        st.button(label, key=key, on_click=_ask_first, args=[key])
    else:
        st.markdown(escape(question), width="content")
        st.button("Yes", key=f"{key}-yes", type="primary", on_click=_do, args=args)
        st.button("No", key=f"{key}-no", on_click=_ask_first, args=[None])


def _ask_first(key: str | None) -> None:
    st.session_state[_CONFIRMING] = key


def _rename(thread_id: UUID) -> None:
    _do(rename_thread, thread_id, "Saved.", st.session_state[f"name-{thread_id}"])


@as_visitor
def _do(
    visitor: User, act: Callable[..., object], thread_id: UUID, note: str, *more: object
) -> None:
    _ask_first(None)
    with begin(get_engine()) as session:
        act(session, thread_id, visitor.id, *more)
    st.session_state[_NOTE] = note
    tables = ("threads", "memberships", "events")
    announce(f"users:{visitor.id}", *(f"{table}:{thread_id}" for table in tables))
