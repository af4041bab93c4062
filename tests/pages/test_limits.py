"""Guessing and flooding, as an attacker does it on the pages."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.room.cookies import Cookies
from burn_core.room.sign_in import sign_in
from burn_core.users import User
from db.connection import begin
from pages.ui.shared import origin
from tests.making import Hand
from tests.pages.conftest import OpenPage, list_words, open_popover


@pytest.fixture
def eve(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's browser, which sends no cookie."""
    monkeypatch.setattr(Cookies, "read_cookie", lambda *_: None)


@pytest.fixture(autouse=True)
def _address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that everybody here comes from: AppTest has none."""
    monkeypatch.setattr(origin, "find_address", lambda: "203.0.113.7")


def enter(page: AppTest, name: str, password: str = "") -> str:
    """Fill in the form and press Enter. Returns what the page then says is wrong."""
    page.text_input(key="name").set_value(name)
    page.text_input(key="password").set_value(password)
    page.button[0].click().run()
    assert not page.exception
    return page.error[0].value if page.error else ""


def count_until(says: str, attempt: Callable[[int], str], most: int = 60) -> int:
    """How many attempts get through before one is answered with these words."""
    for number in range(most):
        if says in attempt(number):
            return number
    raise AssertionError(f"{most} attempts got through")


def test_one_tab_tries_a_few_passwords_then_has_to_wait(
    open_page: OpenPage, engine: Engine, eve: None
) -> None:
    with begin(engine) as session:
        sign_in(session, uuid4(), "ada", "her password")
    page = open_page()
    tried = count_until("Try again in", lambda n: enter(page, "ada", f"guess {n}"))
    assert 3 <= tried <= 10
    assert "Try again in" in enter(page, "ada", "her password")
    assert page.text_input(key="name").value == "ada"
    assert page.text_input(key="password").value == "her password"


def test_new_tabs_try_no_more_passwords_for_one_name(
    open_page: OpenPage, engine: Engine, eve: None
) -> None:
    with begin(engine) as session:
        sign_in(session, uuid4(), "ada", "her password")
    tried = count_until("Try again in", lambda n: enter(open_page(), "ada", f"guess {n}"))
    assert 3 <= tried <= 10
    # Others behind the same address still sign in.
    assert enter(open_page(), "bob", "his password") == ""


def test_who_floods_a_name_does_not_lock_its_owners_browser_out(
    open_page: OpenPage, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    adas_browser = uuid4()
    with begin(engine) as session:
        sign_in(session, adas_browser, "ada", "her password")
    monkeypatch.setattr(Cookies, "read_cookie", lambda *_: None)
    count_until("Try again in", lambda n: enter(open_page(), "ada", f"guess {n}"))
    monkeypatch.setattr(Cookies, "read_cookie", lambda *_: adas_browser)
    page = open_popover(open_page(), "own-menu")
    page.button(key="sign-out").click().run()
    assert enter(page, "ada", "her password") == ""


def test_one_tab_signs_up_a_few_people_then_has_to_wait(
    open_page: OpenPage, hand: Hand, eve: None
) -> None:
    page = open_page()

    def sign_up(number: int) -> str:
        page.session_state["entering"] = None  # as if the last one had come to its end
        return enter(page, f"eve-{number}")

    made = count_until("Try again in", sign_up)
    assert 3 <= made <= 10
    assert hand.value("SELECT count(*) FROM tickets") == made


def test_a_flood_of_messages_is_held_and_what_was_typed_stays(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))

    def say(number: int) -> str:
        page.chat_input[0].set_value(f"message {number}").run()
        return page.toast[0].value if page.toast else ""

    said = count_until("Try again in", say)
    assert 5 <= said <= 20
    # A chat input takes the text with the run that brings it: Streamlit's proto has it, once.
    assert page.chat_input[0].proto.value == f"message {said}"
    assert f"message {said}" not in list_words(page)
    texts = "SELECT count(*) FROM events WHERE thread_id = %s AND type = 'text'"
    assert hand.value(texts, thread_id) == said


def test_nobody_starts_threads_without_end(open_page: OpenPage, ada: User) -> None:
    page = open_page()

    def start(_: int) -> str:
        page.button(key="new").click().run()
        return page.toast[0].value if page.toast else ""

    assert 5 <= count_until("Try again in", start) <= 20


def test_a_flood_of_queries_is_held_and_the_query_stays(
    open_page: OpenPage, ada: User, hand: Hand
) -> None:
    page = open_page("sql.py")

    def query(number: int) -> str:
        page.text_area(key="query").set_value(f"SELECT {number}")
        page.button(key="run").click().run()
        return page.error[0].value if page.error else ""

    ran = count_until("Try again in", query)
    assert ran >= 20
    assert page.text_area(key="query").value == f"SELECT {ran}"


def test_any_action_is_held_in_the_end(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))

    def tap(_: int) -> str:
        page.button(key="tap").click().run()
        return page.toast[0].value if page.toast else ""

    tapped = count_until("Try again in", tap, 120)
    assert tapped >= 30
    assert hand.value("SELECT count(*) FROM events WHERE data->>'action' LIKE 'tapped%%'") == tapped


def test_one_persons_flood_leaves_the_thread_to_the_others(
    open_page: OpenPage, engine: Engine, hand: Hand, ada: User, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    for number in range(115):
        page.chat_input[0].set_value(f"message {number}")
        if page.run().toast:
            break
    bob = hand.make_user("bob")
    hand.join(thread_id, bob)
    hand.type("UPDATE sessions SET user_id = %s", bob)
    others = open_page(thread=str(thread_id))
    others.chat_input[0].set_value("And I?").run()
    assert not others.toast
    assert "And I?" in list_words(others)
