"""Passwords: a few at a time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest

from burn_core.errors import TooFast
from burn_core.room import hashing
from burn_core.room.hashing import hash_password, is_password, password_turn
from tests.making import wait_for


def test_only_its_own_password_fits_a_hash() -> None:
    hashed = hash_password("s3cret-word")
    assert is_password(hashed, "s3cret-word")
    assert not is_password(hashed, "S3cret-word")
    assert not is_password(hashed, "")


def test_nothing_fits_where_there_is_no_password() -> None:
    assert hash_password("") is None
    for password in ("", "nobody's password"):
        assert not is_password(None, password)


def test_however_many_come_at_once_two_are_checked_at_once() -> None:
    inside, most, lock = 0, 0, Lock()

    def check(_: int) -> None:
        nonlocal inside, most
        with password_turn("guess", None):
            with lock:
                inside += 1
                most = max(most, inside)
            is_password(None, "guess")
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(check, range(8), timeout=60))
    assert most == 2


def test_who_waits_too_long_for_a_turn_is_told_when_to_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hashing, "_LONGEST_WAIT_SECONDS", 0.05)
    both_are_in, may_leave = Barrier(3), Barrier(3)

    def check() -> None:
        with password_turn("guess", None):
            both_are_in.wait(10)
            may_leave.wait(10)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(check)
        both_are_in.wait(10)
        with pytest.raises(TooFast, match="Try again in"), password_turn("guess", None):
            pass
        with password_turn("", None):
            """Who has no password to check doesn't wait."""
        may_leave.wait(10)


def test_a_crowd_at_one_address_keeps_nobody_elsewhere_waiting() -> None:
    crowd, order = 12, list[str]()
    both_are_in, may_leave = Barrier(3), Barrier(3)

    def check(address: str) -> None:
        with password_turn("guess", address):
            order.append(address)

    def hold(address: str) -> None:
        with password_turn("guess", address):
            both_are_in.wait(10)
            may_leave.wait(10)

    def wait_for_waiting(count: int) -> None:
        wait_for(lambda: sum(map(len, hashing._turns._waiting.values())) == count)

    with ThreadPoolExecutor(crowd + 3) as pool:
        for _ in range(2):
            pool.submit(hold, "192.0.2.1")
        both_are_in.wait(10)
        for _ in range(crowd):
            pool.submit(check, "192.0.2.1")
        wait_for_waiting(crowd)
        pool.submit(check, "2001:db8::1")
        wait_for_waiting(crowd + 1)
        may_leave.wait(10)
    # It is called second. Until it runs, a few others may.
    assert order.index("2001:db8::1") < crowd / 2
