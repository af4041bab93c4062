"""Entering: the browser gets its cookie first, and is signed in once it has sent the cookie back.

So a name isn't used up where cookies don't arrive, and the cookie from before is worth nothing
afterwards (burn_core/room/tickets.py).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import streamlit as st

from burn_core.errors import UserError
from burn_core.room.access import write_session_topic
from burn_core.room.hashing import password_turn
from burn_core.room.identities import prove_identity
from burn_core.room.proof import Identity, Proof
from burn_core.room.sign_in import enter, prove, prove_new
from burn_core.room.tickets import Ticket, catch_up, make_ticket, use_ticket
from db.connection import begin
from db.errors import Away, Refused
from pages.ui.shared.base_path import add_base
from pages.ui.shared.database import find_browser_id
from pages.ui.shared.live import announce
from pages.ui.shared.markdown import escape
from pages.ui.shared.origin import read_origin
from pages.ui.shared.provider import find_identity
from pages.ui.shared.resources import get_door_engine, get_rate_limits

_component = st.components.v2.component(
    "burn_enter", js=(Path(__file__).parent / "enter.js").read_text()
)
_ENTERING, _PROBLEM, _ARRIVED = "entering", "sign_in_problem", "arrived_browser_id"
# By the status of the answer that stopped it (pages/web/entrance.py).
_PROBLEMS = {
    401: (
        "This browser doesn't send Burn's cookie back, so nobody can be signed in here, and no name "
        "was taken. Allow cookies for this site, or open Burn in a tab of its own."
    ),
    403: (
        "Burn is reached here under another address than it knows. If there is a proxy in front of "
        "it, its operator has to pass on the header Host."
    ),
    409: "This page is out of date. Reload it, then sign in.",
}
_ON_ITS_WAY_SECONDS = 10
_OTHER_PROBLEM = "Burn couldn't be reached. Try again in a moment."


@dataclass(frozen=True, slots=True)
class _Entering:
    """What this tab waits for, until is_done: then it only has to load the page again."""

    ticket: Ticket
    proof: Proof
    begun_at: float  # monotonic
    note: str = ""  # what the page says once it is loaded again
    is_done: bool = False


def find_own_browser_id() -> UUID | None:
    """The id that this browser's cookie has now. It may have changed since the page was opened."""
    return st.session_state.get(_ARRIVED) or find_browser_id()


def enter_with_name() -> None:
    """The form's callback: check the name and the password, and begin to enter with them.

    A second click while the first is on its way does nothing.
    """
    entering: _Entering | None = st.session_state.get(_ENTERING)
    if entering is not None and time.monotonic() - entering.begun_at < _ON_ITS_WAY_SECONDS:
        return
    with _keeping_problem():
        state, browser_id = st.session_state, find_own_browser_id()
        origin = read_origin(browser_id)
        get_rate_limits().check_sign_in(origin, state.name, state.password)
        with password_turn(state.password, origin.address), begin(get_door_engine()) as session:
            if browser_id is not None:
                catch_up(session, browser_id)
            proof = prove(session, browser_id, state.name, state.password)
        begin_to_enter(proof)


def enter_with_new_name(identity: Identity) -> None:
    """The callback of the form in which somebody whom a provider vouches for chooses a name."""
    with _keeping_problem():
        get_rate_limits().check_sign_in(
            read_origin(find_own_browser_id()), st.session_state.name, ""
        )
        with begin(get_door_engine()) as session:
            proof = prove_new(session, st.session_state.name, identity)
        begin_to_enter(proof)


def find_vouched() -> Proof | None:
    """Whom a provider has just vouched for, without a name if they are new here."""
    identity = find_identity()
    if identity is None:
        return None
    with begin(get_door_engine()) as session:
        return prove_identity(session, identity)


def enter_once(proof: Proof) -> None:
    """Begin to enter, unless that has been tried."""
    if st.session_state.get(_ENTERING) is None and st.session_state.get(_PROBLEM) is None:
        begin_to_enter(proof)


def begin_to_enter(proof: Proof, note: str = "") -> None:
    """Make a ticket for the browser's new cookie. draw_entering does the rest. The note is shown on
    the page that the browser then loads.
    """
    with begin(get_door_engine()) as session:
        ticket = make_ticket(session, find_own_browser_id())
    st.session_state[_ENTERING] = _Entering(ticket, proof, time.monotonic(), note)


@st.fragment
def draw_entering(is_from_provider: bool) -> None:
    """What the browser does to enter, and what was wrong with it. Part of every sign-in page.

    People who return from a provider go back to the page they came from.
    """
    entering: _Entering | None = st.session_state.get(_ENTERING)
    token = "" if entering is None else entering.ticket.token
    is_done = entering is not None and entering.is_done
    data = {
        "site": add_base(""),
        "ticket": token,
        "is_done": is_done,
        "is_from_provider": is_from_provider,
    }
    result = _component(key="enter", data=data, on_answered_change=lambda: None)
    if entering is not None and not is_done and result.answered is not None:
        st.session_state[_ENTERING] = None
        with _keeping_problem():
            _finish(entering, result.answered)
        st.rerun(scope="fragment")
    if problem := st.session_state.get(_PROBLEM):
        st.error(escape(problem))


def _finish(entering: _Entering, status: int) -> None:
    ticket, state = entering.ticket, st.session_state
    old_browser_id = find_own_browser_id()
    with begin(get_door_engine()) as session:
        has_arrived = use_ticket(session, ticket)
    if not has_arrived:
        state[_PROBLEM] = _PROBLEMS.get(status, _OTHER_PROBLEM)
        return
    # Whether or not the name is still free: the browser has the new cookie.
    state[_ARRIVED] = ticket.browser_id
    with begin(get_door_engine()) as session:
        enter(session, ticket.browser_id, entering.proof)
    announce(write_session_topic(old_browser_id), write_session_topic(ticket.browser_id))
    if entering.note:
        _get_notes(ticket.browser_id).append(entering.note)
    state[_ENTERING] = replace(entering, is_done=True)


def draw_note() -> None:
    """What happened just before this page was loaded, as a toast."""
    browser_id = find_browser_id()
    notes = [] if browser_id is None else _get_notes(browser_id)
    while notes:
        st.toast(notes.pop(), icon=":material/check:")


@st.cache_resource(max_entries=5_000, ttl=60, show_spinner=False)
def _get_notes(browser_id: UUID) -> list[str]:
    """The notes that the browser's next page shows. Streamlit's session ends as that is loaded."""
    return []


@contextmanager
def _keeping_problem() -> Iterator[None]:
    """What goes wrong in the block is kept for draw_entering to show."""
    state = st.session_state
    state[_PROBLEM] = None
    try:
        yield
    except (UserError, Refused) as error:
        state[_PROBLEM] = str(error)
    except Away as error:
        state[_PROBLEM] = f"{error.words} Try again in a moment."
