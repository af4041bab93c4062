"""The person's own menu: signing out in all ways, and the password."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from burn_core.errors import NameTaken
from burn_core.room.sessions import find_signed_in
from burn_core.room.sign_in import prove, sign_in
from burn_core.users import User
from db.connection import begin
from tests.making import Hand
from tests.pages.conftest import OpenPage, open_popover

ELSEWHERE = uuid4()


def is_signed_in(engine: Engine, browser_id: UUID) -> bool:
    with begin(engine) as session:
        return find_signed_in(session, browser_id) is not None


def test_forgetting_a_name_signs_out_for_good_and_says_so(
    open_page: OpenPage, engine: Engine, browser_id: UUID, ada: User
) -> None:
    page = open_popover(open_page(), "own-menu")
    words = "nobody can use the name again, you included"
    assert any(words in caption.value for caption in page.sidebar.caption)
    assert page.button(key="forget").disabled
    page.checkbox(key="forget-sure").check().run()
    page.button(key="forget").click().run()
    assert page.text_input(key="name")
    with begin(engine) as session, pytest.raises(NameTaken):
        prove(session, browser_id, "ada")


def test_a_name_with_a_password_needs_not_be_forgotten(
    open_page: OpenPage, engine: Engine, browser_id: UUID
) -> None:
    with begin(engine) as session:
        sign_in(session, browser_id, "ada", "her secret")
    page = open_popover(open_page(), "own-menu")
    assert "forget" not in [button.key for button in page.button]


def test_signing_out_everywhere_signs_out_here_too(
    open_page: OpenPage, engine: Engine, browser_id: UUID
) -> None:
    with begin(engine) as session:
        for id in (browser_id, ELSEWHERE):
            sign_in(session, id, "ada", "her secret")
    page = open_popover(open_page(), "own-menu")
    page.button(key="sign-out-everywhere").click().run()
    assert page.text_input(key="name")
    assert not is_signed_in(engine, browser_id)
    assert not is_signed_in(engine, ELSEWHERE)


def test_a_first_password_ends_the_sign_ins_and_this_tab_enters_again(
    open_page: OpenPage, engine: Engine, browser_id: UUID, ada: User
) -> None:
    page = open_popover(open_page(), "own-menu")
    page.text_input(key="new-password").set_value("her secret")
    page.button(key="set-password").click().run()
    assert not page.exception
    assert not is_signed_in(engine, browser_id)
    entering = page.session_state["entering"]
    assert entering.proof.user_id == ada.id
    assert entering.ticket.browser_id != browser_id


def test_a_wrong_current_password_changes_nothing_and_what_was_typed_stays(
    open_page: OpenPage, engine: Engine, browser_id: UUID
) -> None:
    with begin(engine) as session:
        sign_in(session, browser_id, "ada", "her secret")
    page = open_popover(open_page(), "own-menu")
    page.text_input(key="current-password").set_value("guess")
    page.text_input(key="new-password").set_value("my own password")
    page.button(key="set-password").click().run()
    assert "not your current password" in page.toast[0].value
    assert page.text_input(key="new-password").value == "my own password"
    assert is_signed_in(engine, browser_id)


def test_deleting_ones_account_takes_a_tick_and_signs_out(
    open_page: OpenPage, engine: Engine, browser_id: UUID, hand: Hand, ada: User
) -> None:
    bob = hand.make_user("bob")
    hand.type("UPDATE users SET is_host = true WHERE id = %s", ada.id)
    page = open_popover(open_page(), "own-menu")
    assert page.button(key="delete-account").disabled
    page.checkbox(key="delete-sure").check().run()
    page.button(key="delete-account").click().run()
    assert [toast.value.replace("\\", "") for toast in page.toast] == [
        "You are the only host. Make somebody else a host first."
    ]
    hand.type("UPDATE users SET is_host = true WHERE id = %s", bob)
    page.button(key="delete-account").click().run()
    assert page.text_input(key="name")
    assert not is_signed_in(engine, browser_id)
    assert hand.type("SELECT id FROM users WHERE name = 'ada'") == []
    with begin(engine) as session:
        sign_in(session, uuid4(), "ada")  # the name is free again


def test_who_is_alone_here_can_delete_their_account(
    open_page: OpenPage, engine: Engine, browser_id: UUID, ada: User
) -> None:
    page = open_popover(open_page(), "own-menu")
    page.checkbox(key="delete-sure").check().run()
    page.button(key="delete-account").click().run()
    assert not is_signed_in(engine, browser_id)
