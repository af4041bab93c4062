"""Limits: how often, for whom, and what is left for others."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from burn_core.errors import TooFast
from burn_core.retention import delete_old_limits
from burn_core.room.limits import Origin, Rate, RateLimits, Use
from burn_core.room.sign_in import sign_in
from db.connection import begin
from tests.making import Hand, wait_for

SLOW = Rate("tests", 5, 1_000, "Too many tests.")
PHONES, EVE = "203.0.113.7", "198.51.100.1"


@pytest.fixture
def limits(engine: Engine) -> RateLimits:
    return RateLimits(engine, "key")


def is_refused(limits: RateLimits, *uses: Use) -> bool:
    try:
        limits.check(*uses)
    except TooFast:
        return True
    return False


def try_to_enter(
    limits: RateLimits, origin: Origin, name: str = "ada", password: str = "guess"
) -> bool:
    try:
        limits.check_sign_in(origin, name, password)
    except TooFast:
        return False
    return True


def stranger(address: str = PHONES) -> Origin:
    """A new tab in a browser without a cookie."""
    return Origin(uuid4(), None, address)


def test_so_many_at_once_then_the_answer_says_when(limits: RateLimits) -> None:
    assert [is_refused(limits, (SLOW, "ada")) for _ in range(6)] == [False] * 5 + [True]
    with pytest.raises(TooFast, match=r"^Too many tests. Try again in \d+ minutes.$"):
        limits.check((SLOW, "ada"))
    assert not is_refused(limits, (SLOW, "bob"))


def test_names_that_nobody_can_have_cost_the_others_at_the_address_nothing(
    limits: RateLimits, hand: Hand
) -> None:
    for name in ("x", "", "no spaces", "a" * 100):
        assert try_to_enter(limits, stranger(), name)
    assert hand.type("SELECT what FROM limits WHERE what = 'sign-ins of an address'") == []
    assert try_to_enter(limits, stranger(), "ada")
    assert hand.value("SELECT count(*) FROM limits WHERE what = 'sign-ins of an address'") == 1


def test_after_the_wait_that_was_said_one_more_passes(limits: RateLimits, hand: Hand) -> None:
    rate = Rate("quick tests", 2, 0.4)
    for _ in range(2):
        limits.check((rate, "ada"))
    with pytest.raises(TooFast) as refused:
        limits.check((rate, "ada"))
    assert refused.value.wait_seconds == 1
    assert str(refused.value).endswith("Try again in 1 second.")
    wait_for(lambda: hand.value("SELECT free_at <= now() + interval '0.4 s' FROM limits"))
    limits.check((rate, "ada"))


def test_who_tries_again_and_again_leaves_some_uses_of_a_shared_limit_to_others(
    limits: RateLimits,
) -> None:
    shared = Rate("shared tests", 2, 0.2, is_shared=True)
    wait_for(lambda: is_refused(limits, (shared, PHONES)))
    wait_for(lambda: not is_refused(limits, (shared, PHONES)), seconds=5)


def test_a_refused_use_costs_time_but_never_more_than_three_uses(limits: RateLimits) -> None:
    for _ in range(5):
        limits.check((SLOW, "eve"))
    waits = []
    for _ in range(20):
        with pytest.raises(TooFast) as refused:
            limits.check((SLOW, "eve"))
        waits.append(refused.value.wait_seconds)
    assert waits[0] in (1_999, 2_000)
    assert waits[-1] in (2_999, 3_000)


def test_uses_at_the_same_moment_are_all_counted(limits: RateLimits) -> None:
    with ThreadPoolExecutor(8) as pool:
        refused = list(pool.map(lambda _: is_refused(limits, (SLOW, "eve")), range(40), timeout=60))
    assert refused.count(False) == 5


def test_what_a_narrow_limit_refuses_is_not_charged_to_those_who_share_the_wide_one(
    limits: RateLimits,
) -> None:
    wide = Rate("wide", 10, 1_000)
    for _ in range(100):
        is_refused(limits, (SLOW, "eve"), (wide, PHONES))
    assert [is_refused(limits, (wide, PHONES)) for _ in range(6)] == [False] * 5 + [True]


def test_three_hundred_strangers_behind_one_address_sign_in_at_once(limits: RateLimits) -> None:
    assert all(try_to_enter(limits, stranger(), f"p{n}", "") for n in range(300))
    # The names of many are taken, and each tries another.
    assert all(try_to_enter(limits, stranger(), f"p{n}", "") for n in range(300))


def test_new_tabs_from_an_address_try_a_few_passwords_of_a_name(limits: RateLimits) -> None:
    assert [try_to_enter(limits, stranger(EVE)) for _ in range(60)].count(True) == 8
    assert try_to_enter(limits, stranger(PHONES))
    assert try_to_enter(limits, stranger(EVE), "bob")


def test_many_addresses_try_few_passwords_of_a_name(limits: RateLimits) -> None:
    tries = [try_to_enter(limits, stranger(f"203.0.113.{n}")) for n in range(100)]
    assert 40 <= tries.count(True) <= 45


def test_an_address_of_ipv6_is_all_that_a_household_has(limits: RateLimits) -> None:
    tries = [try_to_enter(limits, stranger(f"2001:db8::{n:x}")) for n in range(60)]
    assert tries.count(True) == 8
    assert try_to_enter(limits, stranger("2001:db8:0:1::1"))


def test_an_address_is_the_same_however_it_is_written(limits: RateLimits) -> None:
    for written in ("127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", None):
        assert all(try_to_enter(limits, Origin(uuid4(), None, written)) for _ in range(2))
    assert not try_to_enter(limits, stranger("127.0.0.1"))


def test_a_browser_that_knows_the_name_meets_only_its_own_limit(
    limits: RateLimits, engine: Engine
) -> None:
    adas_browser = uuid4()
    with begin(engine) as session:
        sign_in(session, adas_browser, "ada", "her password")
    for _ in range(60):
        try_to_enter(limits, stranger())
    assert not try_to_enter(limits, stranger(), password="her password")
    here = Origin(uuid4(), adas_browser, PHONES)
    assert [try_to_enter(limits, here, "@Ada ") for _ in range(30)].count(True) == 10


def test_a_browser_that_gets_a_new_id_each_time_is_held_by_what_it_has_signed_in_as(
    limits: RateLimits, engine: Engine, hand: Hand
) -> None:
    passed = 0
    for number in range(30):
        browser_id = uuid4()
        hand.type("UPDATE sessions SET browser_id = %s", browser_id)
        if try_to_enter(limits, Origin(uuid4(), browser_id, PHONES), f"eve-{number}", ""):
            passed += 1
            with begin(engine) as session:
                sign_in(session, browser_id, f"eve-{number}")
    assert passed == 11  # nothing was known of it the first time


def test_the_database_says_nothing_of_whom_a_limit_is_for(limits: RateLimits, hand: Hand) -> None:
    try_to_enter(limits, stranger())
    rows = hand.type("SELECT what, l::text FROM limits l")
    assert {what for what, _ in rows} >= {"passwords of a name", "sign-ins of an address"}
    assert not any(PHONES in text or "ada" in text for _, text in rows)


def test_limits_are_kept_no_longer_than_they_count(
    limits: RateLimits, engine: Engine, hand: Hand
) -> None:
    limits.check((SLOW, "ada"), (Rate("moments", 1, 0.001), "ada"))
    wait_for(lambda: hand.value("SELECT count(*) FROM limits WHERE free_at < now()") == 1)
    with begin(engine) as session:
        delete_old_limits(session)
    assert hand.type("SELECT what FROM limits") == [("tests",)]
