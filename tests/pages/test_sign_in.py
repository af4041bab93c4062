"""The sign-in page."""

from uuid import UUID, uuid4

from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from burn_core.room.sign_in import sign_in
from burn_core.users import User
from db.connection import begin
from tests.making import Hand
from tests.pages.conftest import OpenPage, open_popover


def enter(page: AppTest, name: str, password: str = "") -> AppTest:
    page.text_input(key="name").set_value(name)
    page.text_input(key="password").set_value(password)
    page.button[0].click().run()
    assert not page.exception
    return page


def count_users(engine: Engine) -> int:
    with begin(engine) as session:
        return session.scalar(text("SELECT count(*) FROM users WHERE type = 'human'")) or 0


def test_every_address_asks_for_a_name_before_sign_in(open_page: OpenPage) -> None:
    for query in ({}, {"thread": "00000000-0000-4000-8000-000000000000"}):
        page = open_page(**query)
        assert page.text_input(key="name").label == "Your name"
        assert not page.chat_input


def test_without_a_provider_there_is_only_the_form(open_page: OpenPage) -> None:
    assert [button.label for button in open_page().button] == ["Enter"]


def test_a_name_leaves_a_ticket_and_is_not_taken_before_its_cookie_arrives(
    open_page: OpenPage, hand: Hand
) -> None:
    page = enter(open_page(), "Ada")
    assert page.session_state["entering"].ticket.token == hand.value("SELECT token FROM tickets")
    assert not page.error
    assert hand.value("SELECT count(*) FROM users WHERE type = 'human'") == 0


def test_a_second_click_makes_no_second_ticket(open_page: OpenPage, hand: Hand) -> None:
    enter(enter(open_page(), "Ada"), "Ada")
    assert hand.value("SELECT count(*) FROM tickets") == 1


def test_a_bad_name_is_explained_and_stays_in_the_form(open_page: OpenPage, engine: Engine) -> None:
    page = enter(open_page(), "no spaces")
    assert "2 to 16 characters" in page.error[0].value
    assert page.text_input(key="name").value == "no spaces"
    assert count_users(engine) == 0


def test_somebody_elses_name_is_refused(
    open_page: OpenPage, engine: Engine, browser_id: UUID
) -> None:
    with begin(engine) as session:
        sign_in(session, uuid4(), "bob")
    page = enter(open_page(), "bob")
    assert "The name bob is taken" in page.error[0].value
    assert page.text_input(key="name").value == "bob"


def test_a_signed_out_browser_can_sign_in_again(open_page: OpenPage, ada: User, hand: Hand) -> None:
    page = open_popover(open_page(), "own-menu")
    page.button(key="sign-out").click().run()
    page = enter(page, "ada")
    assert not page.error
    assert page.session_state["entering"].proof.user_id == ada.id


def test_an_expired_sign_in_ends_the_page(open_page: OpenPage, ada: User, hand: Hand) -> None:
    hand.type("UPDATE sessions SET expires_at = now()")
    assert open_page().text_input(key="name").label == "Your name"


def test_using_a_page_moves_the_end_of_the_sign_in_on(
    open_page: OpenPage, ada: User, hand: Hand
) -> None:
    hand.type("UPDATE sessions SET expires_at = now() + interval '1 day'")
    open_page()
    assert hand.value("SELECT expires_at > now() + interval '29 days' FROM sessions")
