"""Two people sign in, one after the other, in two tabs of the same browser."""

import re
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.room.memberships import add_member
from burn_core.room.sessions import sign_out
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import create_thread
from burn_core.users import User
from db.connection import begin
from pages.ui.shared import resources, visitor
from tests.making import Hand, join
from tests.pages.conftest import (
    OpenPage,
    list_events,
    list_links,
    list_messages,
    list_popovers,
    run_fragment,
)

# Each page with its fragments that run for news.
FRAGMENTS = [
    ("", "messages"),
    ("", "title"),
    ("", "composer"),
    ("", "threads"),
    ("", "visitor"),
    ("", "agent-status"),
    ("", "context"),
    ("", "processes"),
    ("projector.py", "messages"),
    ("projector.py", "memory"),
    ("projector.py", "visitor"),
    ("watch.py", "messages"),
    ("watch.py", "visitor"),
    ("facts.py", "facts"),
    ("facts.py", "facets"),
    ("events.py", "events"),
    ("events.py", "facets"),
    ("events.py", "timeline"),
    ("events.py", "visitor"),
    ("sql.py", "outcome"),
    ("sql.py", "threads"),
]
# Those of panels have keys with the panel's name.
OPENED = [
    ("", "sql-People"),
    ("", "new-thread"),
    ("", "own-menu"),
    ("watch.py", "sql-Chat"),
    ("facts.py", "sql-Your threads"),
]
# Alone they can't be run here: AppTest knows no page for their links. They ask as the others do.
UNTESTED = {"hosts", "facts-charts", "facts-graph", "facts-path"}
_UI = Path(visitor.__file__).parent.parent


def test_every_fragment_is_in_the_list() -> None:
    sources = "".join(path.read_text() for path in _UI.rglob("*.py"))
    keys = set(re.findall(r'@st\.fragment\(key="([^"]+)"\)', sources))
    assert keys == {fragment for _, fragment in FRAGMENTS} | UNTESTED


@pytest.fixture
def shared_id(engine: Engine, ada: User, hand: Hand) -> UUID:
    """A thread that both are in, with a key for spectators. Bob has another, without Ada."""
    with begin(engine) as session:
        thread_id = create_thread(session, ada.id, "Shared").id
        bob = sign_in(session, uuid4(), "bob")
        join(session, thread_id, bob.id)
        create_thread(session, bob.id, "Of Bob alone")
    hand.say(thread_id, ada.id, "I am Ada")
    hand.learn(thread_id, ada.id, "likes", "chess", 0.9)
    hand.type("UPDATE threads SET spectator_key = id WHERE id = %s", thread_id)
    hand.type("UPDATE users SET is_host = true")
    return thread_id


def open_shared(open_page: OpenPage, script: str, thread_id: UUID) -> AppTest:
    name = "key" if script == "watch.py" else "thread"
    return open_page(script, **{name: str(thread_id)})


def switch_to_bob(hand: Hand, browser_id: UUID) -> None:
    """As in another tab: Ada signs out, and Bob, whose browser this is from now on, signs in."""
    hand.type("UPDATE sessions SET signed_out_at = now() WHERE browser_id = %s", browser_id)
    hand.type(
        "UPDATE sessions s SET browser_id = %s FROM users u WHERE u.id = s.user_id"
        " AND u.name = 'bob'",
        browser_id,
    )
    resources.get_live().announce_everything()


def is_whole_page(page: AppTest) -> bool:
    """Whether more was drawn than one fragment, each of which follows topics."""
    drawn = [element.proto.component_name for element in page.get("bidi_component")]
    return drawn.count("burn_live") > 1


@pytest.mark.parametrize(("script", "fragment"), FRAGMENTS + OPENED)
def test_no_fragment_goes_on_for_another_person(
    open_page: OpenPage,
    hand: Hand,
    browser_id: UUID,
    shared_id: UUID,
    script: str,
    fragment: str,
) -> None:
    page = open_shared(open_page, script, shared_id)
    assert is_whole_page(page)
    assert not is_whole_page(run_fragment(page, fragment))
    switch_to_bob(hand, browser_id)
    assert is_whole_page(run_fragment(page, fragment))
    assert not is_whole_page(run_fragment(page, fragment))


def test_the_whole_page_is_then_the_other_persons(
    open_page: OpenPage, hand: Hand, browser_id: UUID, shared_id: UUID
) -> None:
    page = open_page("events.py")
    assert {row["thread"] for row in list_events(page)} == {"Shared"}
    switch_to_bob(hand, browser_id)
    run_fragment(page, "events")
    assert {row["thread"] for row in list_events(page)} == {"Shared", "Of Bob alone"}
    assert {link["name"] for link in list_links(page)} == {"Shared", "Of Bob alone"}
    assert "Signed in as bob" in list_popovers(page)


def test_a_click_on_the_previous_persons_page_does_nothing_for_the_other(
    open_page: OpenPage, hand: Hand, browser_id: UUID, shared_id: UUID
) -> None:
    page = open_page(thread=str(shared_id))
    before = list_messages(page)
    switch_to_bob(hand, browser_id)
    page.chat_input[0].set_value("This was for Ada to say").run()
    assert list_messages(page) == before
    page = open_page("facts.py")
    hand.type("UPDATE sessions SET signed_out_at = now()")
    resources.get_live().announce_everything()
    page.button(key="new").click().run()
    assert not page.exception
    assert hand.value("SELECT count(*) FROM threads") == 2


def test_signing_out_in_another_tab_ends_the_page(
    open_page: OpenPage, engine: Engine, browser_id: UUID, shared_id: UUID
) -> None:
    for script in ("", "projector.py", "facts.py", "events.py", "sql.py"):
        page = open_shared(open_page, script, shared_id)
        with begin(engine) as session:
            sign_out(session, browser_id)
        resources.get_live().announce_everything()
        run_fragment(page, "visitor")
        assert page.text_input(key="name").label == "Your name"
        with begin(engine) as session:
            sign_in(session, browser_id, "ada")


def test_an_invitations_key_is_no_right_to_read(
    engine: Engine, hand: Hand, ada: User, browser_id: UUID
) -> None:
    """With it, ada sees the row of bob's thread and none of what is in it: nothing to keep for all."""
    bob = hand.make_user("bob")
    thread_id = hand.make_thread(bob)
    hand.say(thread_id, bob, "hi")

    page = AppTest.from_string(
        "import streamlit as st\n"
        "from uuid import UUID\n"
        "from pages.ui.shared.visitor import reading_thread\n"
        "st.session_state.runs += 1\n"
        "if st.session_state.runs < 3:\n"
        f"    with reading_thread(UUID('{thread_id}')):\n"
        "        st.write('read')\n"
    )
    page.session_state["runs"] = 0
    page.query_params["invite"] = str(hand.value("SELECT invitation_key FROM threads"))
    page.run()
    assert not page.exception
    assert not page.markdown
    with begin(engine) as session:
        add_member(session, thread_id, ada.id, "member")
    page.session_state["runs"] = 0
    assert page.run().markdown[0].value == "read"
