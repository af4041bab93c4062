"""Cookies that would take long to read aren't read."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from pages.web.plain_cookies import MOST_BYTES, PlainCookies
from tests.making import run_for

SLOW = b'a="' + b"\\" * 60_000 + b'"'


def pass_on(*cookies: bytes) -> list[bytes]:
    """The Cookie headers that reach the app."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    headers = [(b"host", b"here"), *((b"cookie", each) for each in cookies)]
    run_for(PlainCookies(app)({"type": "http", "headers": headers}, receive, send))
    assert seen[0]["headers"][0] == (b"host", b"here")
    return [value for name, value in seen[0]["headers"] if name == b"cookie"]


@pytest.mark.parametrize(
    "slow", [SLOW, rb'a="\""', b"a=b\\", b'x=1; a="' + b'\\"' * 30_000 + b'"; y=2']
)
def test_a_cookie_with_a_backslash_is_left_out(slow: bytes) -> None:
    for passed in pass_on(slow, b"own=1"):
        assert b"\\" not in passed
    assert pass_on(slow, b"own=1")[-1] in (b"own=1", b"")


def test_plain_cookies_are_passed_on_as_they_are() -> None:
    assert pass_on(b"own=1; other=2") == [b"own=1; other=2"]
    assert pass_on(b'own=1; a="\\""; other=2') == [b"own=1; other=2"]


def test_cookies_have_a_length() -> None:
    half = b"a=" + b"x" * (MOST_BYTES // 2)
    assert pass_on(half, half, b"own=1") == [half, b"", b"own=1"]
    assert pass_on(half + b"; own=1; " + half) == [half + b"; own=1"]
