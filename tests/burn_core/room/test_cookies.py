"""Cookies: only those that this instance signed are read back."""

from uuid import uuid4

from burn_core.room.cookies import Cookies

OURS, THEIRS = Cookies("our key"), Cookies("their key")


def test_a_cookie_is_read_back() -> None:
    browser_id = uuid4()
    assert OURS.read_cookie(OURS.make_cookie(browser_id)) == browser_id


def test_cookies_that_we_did_not_sign_are_rejected() -> None:
    browser_id = uuid4()
    good = OURS.make_cookie(browser_id)
    forged = [THEIRS.make_cookie(browser_id), good[:-1], "x" + good]
    for cookie in [None, "", "x", browser_id.hex, *forged]:
        assert OURS.read_cookie(cookie) is None
