"""What a person sees when what they do is refused, or the database can't be reached."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.room import memberships, sign_in, threads
from burn_core.room.memberships import AgentUser, list_agents
from burn_core.users import User
from db.connection import begin
from pages.ui.shared import resources
from tests.making import Hand, join
from tests.pages.conftest import OpenPage, list_words, open_popover, run_fragment


@pytest.fixture
def bobs_thread(engine: Engine, ada: User) -> UUID:
    """A thread that ada is a member of, and bob owns."""
    with begin(engine) as session:
        bob = sign_in.sign_in(session, uuid4(), "bob")
        thread_id = threads.create_thread(session, bob.id).id
        join(session, thread_id, ada.id)
    return thread_id


NOT_ALLOWED = "You aren't, or are no longer, allowed to do that."


def list_toasts(page: AppTest) -> list[str]:
    return [toast.value.replace("\\", "") for toast in page.toast]


def skip_check(monkeypatch: pytest.MonkeyPatch, module: object, check: str) -> None:
    """As if the check had come just before what it checks changed: the database must refuse."""
    monkeypatch.setattr(module, check, lambda *args: None)


def test_who_was_removed_a_moment_ago_is_told(
    open_page: OpenPage,
    hand: Hand,
    ada: User,
    bobs_thread: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = open_page(thread=str(bobs_thread))
    skip_check(monkeypatch, threads, "get_member")
    hand.type("DELETE FROM memberships WHERE user_id = %s", ada.id)
    page.chat_input[0].set_value("still here?").run()
    assert page.title[0].value == "Thread not found"
    assert hand.type("SELECT FROM events WHERE type = 'text'") == []


@pytest.mark.parametrize("button", ["line-I have a strange hobby", "tap", "rename"])
def test_nothing_else_is_done_for_who_was_removed_a_moment_ago(
    open_page: OpenPage,
    hand: Hand,
    ada: User,
    bobs_thread: UUID,
    monkeypatch: pytest.MonkeyPatch,
    button: str,
) -> None:
    page = open_page(thread=str(bobs_thread))
    page.button(key="edit").click().run()
    skip_check(monkeypatch, threads, "get_member")
    member = memberships.Member(ada, "member", has_tapped_out=False, joined_at=datetime.now(UTC))
    monkeypatch.setattr(memberships, "get_member", lambda *args: member)
    events = hand.value("SELECT count(*) FROM events")
    hand.type("DELETE FROM memberships WHERE user_id = %s", ada.id)
    page.button(key=button).click().run()
    assert page.title[0].value == "Thread not found"
    assert hand.value("SELECT count(*) FROM events") == events
    assert hand.value("SELECT name FROM threads") == "Untitled thread 1"


def test_a_thread_that_was_deleted_a_moment_ago_cant_be_joined(
    open_page: OpenPage, hand: Hand, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = hand.make_thread(hand.make_user("bob"))
    page = open_page(**dict(parse_qsl(hand.invite(theirs).removeprefix("/?"))))
    add_member = memberships.add_member

    def add_late(*args: object) -> bool:
        hand.type("DELETE FROM threads")
        return add_member(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(memberships, "add_member", add_late)
    page.button(key="join").click().run()
    assert list_toasts(page) == [NOT_ALLOWED]
    assert page.title[0].value == "This invite link doesn't work"


def test_an_agent_whose_role_doesnt_fit_is_refused_in_words(
    open_page: OpenPage, hand: Hand, thread_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.type("DELETE FROM memberships USING users u WHERE u.id = user_id AND u.name = 'jerry'")
    page = open_page(thread=str(thread_id))
    page.button(key="edit").click().run()
    list_truly = list_agents
    monkeypatch.setattr(
        memberships,
        "list_agents",
        lambda session: [AgentUser(each.user, "member") for each in list_truly(session)],
    )
    (add,) = [button for button in page.button if button.label == "Add jerry"]
    add.click().run()
    assert "agents only producers or comedians" in list_toasts(page)[0]


def test_who_signed_out_in_another_tab_is_told_and_nothing_is_done(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    hand.type("UPDATE sessions SET signed_out_at = now()")
    resources.get_live().announce_everything()
    page.chat_input[0].set_value("hello?").run()
    assert "You have signed out" in list_toasts(page)[0]
    assert page.text_input(key="name")
    assert hand.type("SELECT FROM events WHERE type = 'text'") == []


@contextmanager
def unreachable(server_url: str, url: str) -> Iterator[None]:
    """The database takes no connections for the length of the block."""
    server = Hand(server_url)
    name = Hand(url).value("SELECT current_database()")
    server.type(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    server.type("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)
    yield
    server.type(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    server.connection.close()


def test_what_was_typed_while_the_database_was_away_is_kept(
    open_page: OpenPage, server_url: str, url: str, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    with unreachable(server_url, url):
        page.chat_input[0].set_value("can you hear me?").run()
    assert "Burn's database can't be reached" in list_toasts(page)[0]
    page.run()
    assert page.chat_input[0].proto.value == "can you hear me?"
    assert "can you hear me?" not in list_words(page)


def test_a_name_that_was_chosen_while_the_database_was_away_is_kept(
    open_page: OpenPage, server_url: str, url: str, thread_id: UUID
) -> None:
    page = open_popover(open_page(thread=str(thread_id)), "new-thread")
    page.text_input(key="new-name").set_value("Friday").run()
    with unreachable(server_url, url):
        page.button(key="create").click()
        run_fragment(page, "new-thread")
    assert "Burn's database can't be reached" in list_toasts(page)[0]
    assert page.text_input(key="new-name").value == "Friday"
    page.button(key="create").click().run()
    assert open_popover(page, "new-thread").text_input(key="new-name").value == ""
