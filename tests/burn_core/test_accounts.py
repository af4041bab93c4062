"""Signing in: whose name it is, and in which browser."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from burn_core.accounts import User, find_signed_in, get_cookie_key, sign_in, sign_out
from burn_core.errors import BadName, NameTaken, WrongPassword
from db.connection import begin

HERE, ELSEWHERE = uuid4(), uuid4()
SignIn = Callable[..., User]


@pytest.fixture
def enter(engine: Engine) -> SignIn:
    def enter(browser_id: UUID, name: str, password: str = "") -> User:
        with begin(engine) as session:
            return sign_in(session, browser_id, name, password)

    return enter


def find(engine: Engine, browser_id: UUID) -> str | None:
    with begin(engine) as session:
        user = find_signed_in(session, browser_id)
        return user.name if user else None


def test_a_new_name_is_made_and_stays_signed_in(engine: Engine, enter: SignIn) -> None:
    assert enter(HERE, " @Ada ").name == "ada"
    assert find(engine, HERE) == "ada"
    assert find(engine, ELSEWHERE) is None


def test_a_name_without_a_password_belongs_to_its_browser(engine: Engine, enter: SignIn) -> None:
    made = enter(HERE, "ada")
    with pytest.raises(NameTaken, match="ada is taken"):
        enter(ELSEWHERE, "Ada")
    with pytest.raises(NameTaken):
        enter(ELSEWHERE, "ada", "guess")
    with begin(engine) as session:
        sign_out(session, HERE)
    assert find(engine, HERE) is None
    assert enter(HERE, "ada") == made


def test_a_name_with_a_password_can_be_used_anywhere_with_it_and_nowhere_without(
    enter: SignIn,
) -> None:
    made = enter(HERE, "ada", "s3cret")
    assert enter(ELSEWHERE, "ada", "s3cret") == made
    for browser_id in (HERE, ELSEWHERE):
        with pytest.raises(WrongPassword, match="not the password"):
            enter(browser_id, "ada", "S3cret")
        with pytest.raises(WrongPassword, match="has a password"):
            enter(browser_id, "ada")


def test_one_browser_can_have_several_names_one_at_a_time(engine: Engine, enter: SignIn) -> None:
    for name in ("ada", "bob", "ada"):
        enter(HERE, name)
        assert find(engine, HERE) == name


@pytest.mark.parametrize("name", ["", "a", "a" * 17, "two words", "é", "a/b", "<b>", "a\x00b"])
def test_a_name_that_cannot_be_is_explained(enter: SignIn, name: str) -> None:
    with pytest.raises(BadName, match="2 to 16 characters"):
        enter(HERE, name)


def test_nobody_signs_in_as_an_agent(enter: SignIn) -> None:
    with pytest.raises(NameTaken, match="one of the agents"):
        enter(HERE, "Sarah")


def test_the_cookie_key_is_made_once(engine: Engine) -> None:
    with begin(engine) as session:
        key = get_cookie_key(session)
    with begin(engine) as session:
        assert get_cookie_key(session) == key
    assert len(key) >= 32
