"""Passwords: who can change one, and what that ends."""

from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from burn_core.errors import NameTaken, NotAllowed, WrongPassword
from burn_core.room.passwords import change_password, has_password
from burn_core.room.sessions import find_signed_in
from burn_core.room.sign_in import enter, prove, sign_in
from db import schema
from tests.burn_core.room.conftest import Run

HERE, ELSEWHERE, NEW = uuid4(), uuid4(), uuid4()


def test_a_new_password_ends_every_sign_in_and_the_old_password(run: Run) -> None:
    ada = run(sign_in, HERE, "ada", "old-password")
    run(sign_in, ELSEWHERE, "ada", "old-password")
    proof = run(change_password, ada.id, "old-password", "new-password")
    for browser_id in (HERE, ELSEWHERE):
        assert run(find_signed_in, browser_id) is None
    with pytest.raises(NameTaken):
        run(prove, HERE, "ada", "old-password")
    assert run(prove, HERE, "ada", "new-password").user_id == ada.id
    assert run(enter, NEW, proof) == ada
    assert run(find_signed_in, NEW) == ada


def test_a_name_without_a_password_can_be_given_one(run: Run) -> None:
    ada = run(sign_in, HERE, "ada")
    assert not run(has_password, ada.id)
    run(change_password, ada.id, "", "new-password")
    assert run(has_password, ada.id)
    with pytest.raises(NameTaken):
        run(prove, HERE, "ada")
    assert run(prove, ELSEWHERE, "ada", "new-password").user_id == ada.id


@pytest.mark.parametrize(
    ("current", "new"),
    [
        ("", "new-password"),
        ("odl-password", "new-password"),
        ("old-password", ""),
        ("old-password", "1234567"),
    ],
)
def test_the_current_password_is_needed_and_a_new_one(run: Run, current: str, new: str) -> None:
    ada = run(sign_in, HERE, "ada", "old-password")
    with pytest.raises(WrongPassword):
        run(change_password, ada.id, current, new)
    assert run(find_signed_in, HERE) == ada
    assert run(prove, ELSEWHERE, "ada", "old-password").user_id == ada.id


def test_a_password_of_fewer_than_8_characters_is_refused_in_words(run: Run) -> None:
    words = "A password needs at least 8 characters"
    ada = run(sign_in, HERE, "ada")
    with pytest.raises(WrongPassword, match=words):
        run(change_password, ada.id, "", "1234567")
    with pytest.raises(WrongPassword, match=words):
        run(sign_in, HERE, "bob", "1234567")
    with pytest.raises(NameTaken):
        run(prove, ELSEWHERE, "ada", "1234567")  # as for any name that is taken
    run(sign_in, HERE, "bob", "12345678")


def test_a_short_password_from_before_still_works(run: Run) -> None:
    ada = run(sign_in, HERE, "ada")
    short = PasswordHasher().hash("short")
    run(lambda session: session.execute(update(schema.User).values(password_hash=short)))
    assert run(prove, ELSEWHERE, "ada", "short").user_id == ada.id
    run(change_password, ada.id, "short", "long enough")


def test_nobody_enters_with_a_password_that_changed_meanwhile(run: Run) -> None:
    ada = run(sign_in, HERE, "ada", "old-password")
    proof = run(prove, ELSEWHERE, "ada", "old-password")
    run(change_password, ada.id, "old-password", "new-password")
    with pytest.raises(NotAllowed):
        run(enter, ELSEWHERE, proof)
    assert run(find_signed_in, ELSEWHERE) is None


def test_nobody_enters_without_a_password_once_there_is_one(run: Run) -> None:
    ada = run(sign_in, HERE, "ada")
    proof = run(prove, HERE, "ada")
    run(change_password, ada.id, "", "new-password")
    with pytest.raises(NotAllowed):
        run(enter, HERE, proof)
