"""Ways into a thread: the link that invites others, and what people see who can't read it."""

from uuid import UUID

import streamlit as st

from burn_core.room.memberships import is_removed
from burn_core.room.threads import get_invitation_key
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.base_path import add_base
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import read_revision
from pages.ui.shared.visitor import find_viewer, reading_thread


def find_invite_address(thread_id: UUID) -> str | None:
    """The address at which others can join, if the visitor is a member: only they can invite."""
    viewer = find_viewer(thread_id)
    if viewer is None or viewer.member is None:
        return None
    return _load_invite_address(thread_id, read_revision(f"threads:{thread_id}"))


def draw_no_thread(visitor: User, thread_id: UUID | None) -> None:
    """The same for a thread that doesn't exist as for one that the visitor isn't in."""
    if thread_id is not None and _was_removed(visitor, thread_id):
        st.title("You were removed from this thread", anchor=False)
        st.write(
            "Its owner removed you, so you can no longer read it. If they let you back in, you can "
            "join again with an invite link. Your own threads are in the sidebar."
        )
        return
    if "invite" in st.query_params:
        st.title("This invite link doesn't work", anchor=False)
        st.write(
            "It is incomplete, or the thread's owner has made a new one. Ask somebody in the thread "
            "for a new link: “Invite” at the top of the thread copies it."
        )
        return
    st.title("Thread not found", anchor=False)
    st.write(
        "There is no such thread, or you aren't in it. To join one, ask somebody in it for an invite "
        "link: “Invite” at the top of the thread copies it. Your own threads are in the sidebar."
    )


def _was_removed(visitor: User, thread_id: UUID) -> bool:
    with begin(get_engine()) as session:
        return is_removed(session, thread_id, visitor.id)


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_invite_address(thread_id: UUID, revision: int) -> str:
    with reading_thread(thread_id) as session:
        key = get_invitation_key(session, thread_id)
        return add_base(f"/?thread={thread_id}&invite={key}")
