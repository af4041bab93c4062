"""Sessions: until when somebody is signed in, and how they end it."""

from uuid import uuid4

import pytest

from burn_core.errors import NameTaken
from burn_core.room.memberships import find_signed_in_member
from burn_core.room.sessions import (
    extend_sign_in,
    find_signed_in,
    forget,
    sign_out,
    sign_out_everywhere,
)
from burn_core.room.sign_in import prove, sign_in
from burn_core.room.threads import create_thread
from tests.burn_core.room.conftest import Run
from tests.making import Hand

HERE, ELSEWHERE = uuid4(), uuid4()
EXPIRE = "UPDATE sessions SET expires_at = now()"


def test_an_expired_sign_in_is_worth_nothing(run: Run, hand: Hand) -> None:
    ada = run(sign_in, HERE, "ada")
    thread_id = run(create_thread, ada.id).id
    assert run(find_signed_in_member, thread_id, HERE)
    hand.type(EXPIRE)
    assert run(find_signed_in, HERE) is None
    assert run(find_signed_in_member, thread_id, HERE) is None
    run(extend_sign_in, HERE)
    assert run(find_signed_in, HERE) is None, "using it doesn't bring it back"
    assert run(sign_in, HERE, "ada") == ada
    assert run(find_signed_in, HERE) == ada


def test_a_sign_in_ends_30_days_after_its_last_use(run: Run, hand: Hand) -> None:
    def is_whole() -> bool:
        left: bool = hand.value(
            "SELECT expires_at - now() BETWEEN '29 days 23:59' AND '30 days' FROM sessions"
        )
        return left

    run(sign_in, HERE, "ada")
    assert is_whole()
    hand.type("UPDATE sessions SET expires_at = now() + interval '1 minute'")
    run(extend_sign_in, ELSEWHERE)
    assert not is_whole()
    run(extend_sign_in, HERE)
    assert is_whole()


def test_using_a_sign_in_writes_at_most_once_an_hour(run: Run, hand: Hand) -> None:
    run(sign_in, HERE, "ada")
    for minutes, writes in ((59, False), (61, True)):
        hand.type(
            "UPDATE sessions SET expires_at = now() + '30 days' - make_interval(mins => %s)",
            minutes,
        )
        before = hand.value("SELECT xmin::text FROM sessions")
        run(extend_sign_in, HERE)
        assert (hand.value("SELECT xmin::text FROM sessions") != before) == writes


def test_signing_out_everywhere_ends_all_sign_ins(run: Run) -> None:
    ada = run(sign_in, HERE, "ada", "a long secret")
    run(sign_in, ELSEWHERE, "ada", "a long secret")
    run(sign_out_everywhere, ada.id, HERE)
    assert run(find_signed_in, HERE) is None
    assert run(find_signed_in, ELSEWHERE) is None


def test_signing_out_everywhere_leaves_others_alone(run: Run) -> None:
    ada, bob = run(sign_in, HERE, "ada"), run(sign_in, ELSEWHERE, "bob")
    run(sign_out_everywhere, ada.id, HERE)
    assert run(find_signed_in, ELSEWHERE) == bob


def test_a_name_without_a_password_then_works_only_in_the_browser_that_signed_out(
    run: Run, hand: Hand
) -> None:
    ada = run(sign_in, HERE, "ada")
    hand.type("INSERT INTO sessions (browser_id, user_id) VALUES (%s, %s)", ELSEWHERE, ada.id)
    run(sign_out_everywhere, ada.id, HERE)
    with pytest.raises(NameTaken):
        run(prove, ELSEWHERE, "ada")
    assert run(prove, HERE, "ada").user_id == ada.id


def test_a_name_that_a_browser_forgets_is_lost_if_it_has_no_password(run: Run) -> None:
    ada, bob = run(sign_in, HERE, "ada"), run(sign_in, ELSEWHERE, "bob", "a long secret")
    run(forget, ada.id, HERE)
    run(forget, bob.id, ELSEWHERE)
    assert run(find_signed_in, HERE) is None
    with pytest.raises(NameTaken):
        run(prove, HERE, "ada")
    assert run(prove, ELSEWHERE, "bob", "a long secret").user_id == bob.id


def test_signing_out_forgets_nothing(run: Run) -> None:
    ada = run(sign_in, HERE, "ada")
    run(sign_out, HERE)
    assert run(prove, HERE, "ada").user_id == ada.id
