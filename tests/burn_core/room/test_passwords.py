"""Passwords: who can change one, and what that ends."""

from uuid import uuid4

import pytest

from burn_core.errors import NameTaken, NotAllowed, WrongPassword
from burn_core.room.passwords import change_password, has_password
from burn_core.room.sessions import find_signed_in
from burn_core.room.sign_in import enter, prove, sign_in
from tests.burn_core.room.conftest import Run

HERE, ELSEWHERE, NEW = uuid4(), uuid4(), uuid4()


def test_a_new_password_ends_every_sign_in_and_the_old_password(run: Run) -> None:
    ada = run(sign_in, HERE, "ada", "old")
    run(sign_in, ELSEWHERE, "ada", "old")
    proof = run(change_password, ada.id, "old", "new")
    for browser_id in (HERE, ELSEWHERE):
        assert run(find_signed_in, browser_id) is None
    with pytest.raises(NameTaken):
        run(prove, HERE, "ada", "old")
    assert run(prove, HERE, "ada", "new").user_id == ada.id
    assert run(enter, NEW, proof) == ada
    assert run(find_signed_in, NEW) == ada


def test_a_name_without_a_password_can_be_given_one(run: Run) -> None:
    ada = run(sign_in, HERE, "ada")
    assert not run(has_password, ada.id)
    run(change_password, ada.id, "", "new")
    assert run(has_password, ada.id)
    with pytest.raises(NameTaken):
        run(prove, HERE, "ada")
    assert run(prove, ELSEWHERE, "ada", "new").user_id == ada.id


@pytest.mark.parametrize(("current", "new"), [("", "new"), ("odl", "new"), ("old", "")])
def test_the_current_password_is_needed_and_a_new_one(run: Run, current: str, new: str) -> None:
    ada = run(sign_in, HERE, "ada", "old")
    with pytest.raises(WrongPassword):
        run(change_password, ada.id, current, new)
    assert run(find_signed_in, HERE) == ada
    assert run(prove, ELSEWHERE, "ada", "old").user_id == ada.id


def test_nobody_enters_with_a_password_that_changed_meanwhile(run: Run) -> None:
    ada = run(sign_in, HERE, "ada", "old")
    proof = run(prove, ELSEWHERE, "ada", "old")
    run(change_password, ada.id, "old", "new")
    with pytest.raises(NotAllowed):
        run(enter, ELSEWHERE, proof)
    assert run(find_signed_in, ELSEWHERE) is None


def test_nobody_enters_without_a_password_once_there_is_one(run: Run) -> None:
    ada = run(sign_in, HERE, "ada")
    proof = run(prove, HERE, "ada")
    run(change_password, ada.id, "", "new")
    with pytest.raises(NotAllowed):
        run(enter, HERE, proof)
