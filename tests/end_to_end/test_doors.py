"""What addresses answer that no page asks for, to somebody who isn't signed in."""

import http.client
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page

from burn_core.room.cookies import COOKIE_NAME, Cookies
from tests.end_to_end.tabs import OpenAs, open_editor
from tests.making import Hand


def ask(address: str, method: str, path: str, **headers: str) -> tuple[int, bytes]:
    """The answer's status and body. The path goes out as it is."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/metrics?families=session_events",
        "/_stcore/script-health-check",
        "/_stcore/agent/openapi.json",
        "/_stcore/agent/interact",
        "/_stcore/bidi-components/burn_messages/x.js",
        "/_stcore/upload_file/session/file",
        "/component/streamlit/index.html",
        "/component/../app.py",
        "/media/../../app.py",
        "/media/..%2f..%2fapp.py",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        "/media/" + "0" * 56,
    ],
)
def test_what_no_page_needs_is_closed(address: str, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "POST", "DELETE"):
        status, body = ask(address, method, path)
        assert status == 404, method
        assert b"Traceback" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/watch",
        "/enter",
        "/live",
        "/sync/events",
        "/sync/passwords",
        "/_stcore/health",
        "/%00",
    ],
)
def test_odd_methods_are_answered_at_once_and_without_an_error(address: str, path: str) -> None:
    for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        status, body = ask(address, method, path)
        assert status in {200, 204, 400, 401, 404, 405}, method
        assert b"Traceback" not in body


def test_a_large_body_is_refused_before_it_is_read(address: str) -> None:
    for header in ({"Content-Length": "1000000000"}, {"Transfer-Encoding": "chunked"}):
        assert ask(address, "POST", "/enter", **header)[0] == 413


def test_the_head_of_a_stream_is_answered_without_its_rows(
    hand: Hand, ada: UUID, address: str
) -> None:
    headers = {"Cookie": f"{COOKIE_NAME}={sign_in(hand, ada)}"}
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=5)
    for _ in range(2):  # the second is answered once the first is over
        connection.request("HEAD", "/sync/events", headers=headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    connection.close()


def test_streamlit_tells_embedding_pages_nothing_that_lets_them_in(address: str) -> None:
    status, body = ask(address, "GET", "/_stcore/host-config", Origin="https://example.com")
    assert status == 200
    assert b'"enableCustomParentMessages":false' in body
    assert b'"useExternalAuthToken":false' in body


def sign_in(hand: Hand, user_id: UUID) -> str:
    """The cookie of a browser in which they are signed in."""
    browser_id = uuid4()
    hand.type("INSERT INTO sessions (browser_id, user_id) VALUES (%s, %s)", browser_id, user_id)
    return Cookies(hand.value("SELECT cookie_key FROM instance")).make_cookie(browser_id)


def download(tab: Page) -> str:
    with tab.expect_download() as download:
        open_editor(tab).get_by_role("button", name="Download as SQL").click()
    return urlsplit(download.value.url).path


def test_a_downloads_address_works_only_in_the_browser_that_asked_for_it(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID, address: str
) -> None:
    hand.say(thread_id, ada, "I like chess")
    tab = open_as(ada, f"/?thread={thread_id}")
    path = download(tab)
    own = {each["name"]: each["value"] for each in tab.context.cookies()}[COOKIE_NAME]
    assert b"I like chess" in ask(address, "GET", path, Cookie=f"{COOKIE_NAME}={own}")[1]
    bob = hand.make_user("bob")
    for cookie in ("", "forged", sign_in(hand, bob), sign_in(hand, ada)):
        status, body = ask(address, "GET", path, Cookie=f"{COOKIE_NAME}={cookie}")
        assert (status, b"chess" in body) == (404, False)
    hand.type("UPDATE sessions SET signed_out_at = now()")
    assert ask(address, "GET", path, Cookie=f"{COOKIE_NAME}={own}")[0] == 404
