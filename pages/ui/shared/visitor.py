"""Who is looking at the page, and what they can see of a thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import streamlit as st
from sqlalchemy.orm import Session

from burn_core.room import access, hosts
from burn_core.room.access import Viewer, read_key, write_session_topic
from burn_core.room.sessions import extend_sign_in, find_signed_in
from burn_core.users import User
from db.connection import begin, begin_reading
from pages.ui.shared.database import find_browser_id, get_engine
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.resources import get_door_engine

_DRAWN_FOR = "drawn_for_user_id"
# Changes are noticed at once by their revisions. This is for one that nobody was told of.
_RIGHTS_SECONDS = 60


def begin_page() -> User | None:
    """The person this browser is signed in as. Called by each run of the whole page, which from then
    on is for that person alone.
    """
    visitor = _find_signed_in()
    st.session_state[_DRAWN_FOR] = None if visitor is None else visitor.id
    return visitor


def find_visitor() -> User | None:
    """The person that the page was drawn for, if this browser is still signed in as them: somebody
    may have signed out in another tab, and somebody else in.
    """
    return None if _has_changed() else _find_signed_in()


def restart_if_changed() -> None:
    """Restart the page if it was drawn for somebody who is no longer the visitor."""
    if _has_changed():
        st.rerun()


def get_visitor() -> User:
    """The person that the page was drawn for. Restarts the page if that is no longer the visitor."""
    visitor = find_visitor()
    if visitor is None:
        st.rerun()
    return visitor


def is_host() -> bool:
    """Whether the visitor can query the whole database."""
    visitor = find_visitor()
    return visitor is not None and _load_is_host(visitor.id, read_revision(f"users:{visitor.id}"))


def find_viewer(thread_id: UUID) -> Viewer | None:
    """The visitor as a viewer of the thread, or None if they can't see it."""
    browser_id = find_browser_id()
    key = read_key(st.query_params.get("key"))
    topics = [f"memberships:{thread_id}", f"threads:{thread_id}", write_session_topic(browser_id)]
    return _load_viewer(thread_id, browser_id, key, read_revision(*topics))


def get_viewer(thread_id: UUID) -> Viewer:
    """Reruns the page if the visitor can't (or can no longer) see the thread, or if the address
    now has another thread.

    When a click and news come at the same moment, Streamlit runs the click's callback, but then
    only the news' fragment: a click that changed the address needs the whole page.
    """
    viewer = find_viewer(thread_id)
    address = st.query_params.get("thread", str(thread_id))
    if viewer is None or address != str(thread_id) or _has_changed():
        st.rerun()
    return viewer


@contextmanager
def reading_thread(thread_id: UUID) -> Iterator[Session]:
    """A session for a thread's rows, which are often kept for all its viewers, by their revision.

    Restarts the page if the visitor can no longer read the thread, so that an empty result isn't kept
    for everybody. (An invitation's key shows the thread's own row, and no other.)
    """
    key = read_key(st.query_params.get("key"))
    with begin_reading(get_engine()) as session:
        if access.find_viewer(session, thread_id, find_browser_id(), key) is None:
            _load_viewer.clear()
            st.rerun()
        yield session


@st.fragment(key="visitor")
def follow_visitor() -> None:
    """Restart the page when this browser is signed out, or signed in as somebody else."""
    get_visitor()
    topics = [write_session_topic(find_browser_id())]
    follow("visitor", topics, read_revision(*topics), wait_ms=0)


def _find_signed_in() -> User | None:
    browser_id = find_browser_id()
    if browser_id is None:
        return None
    return _load_visitor(browser_id, read_revision(write_session_topic(browser_id)))


def _has_changed() -> bool:
    """Whether the visitor is no longer the one that the page was drawn for."""
    visitor = _find_signed_in()
    return st.session_state.get(_DRAWN_FOR) != (None if visitor is None else visitor.id)


# Every run of every fragment asks for these. They are read again only after a change.


@st.cache_resource(max_entries=5_000, ttl=_RIGHTS_SECONDS, show_spinner=False)
def _load_visitor(browser_id: UUID, revision: int) -> User | None:
    with begin(get_door_engine()) as session:
        extend_sign_in(session, browser_id)
        return find_signed_in(session, browser_id)


@st.cache_resource(max_entries=5_000, ttl=_RIGHTS_SECONDS, show_spinner=False)
def _load_is_host(user_id: UUID, revision: int) -> bool:
    with begin(get_engine()) as session:
        return hosts.is_host(session, user_id)


@st.cache_resource(max_entries=5_000, ttl=_RIGHTS_SECONDS, show_spinner=False)
def _load_viewer(
    thread_id: UUID, browser_id: UUID | None, spectator_key: UUID | None, revision: int
) -> Viewer | None:
    with begin(get_engine()) as session:
        return access.find_viewer(session, thread_id, browser_id, spectator_key)
