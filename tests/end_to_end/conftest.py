"""Burn in real browsers: each tab has a browser of its own, like each person."""

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from burn_core.room.cookies import COOKIE_NAME, Cookies
from tests.conftest import make_database
from tests.end_to_end.processes import running_app
from tests.end_to_end.tabs import OpenAs, OpenTab
from tests.find_browser import find_browser
from tests.making import Hand, wait_for

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """Pages are slower while other tests run at the same time."""
    expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = find_browser()
    assert program, "There is no browser: `make test` finds one, or says what to type."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _shared_url(server_url: str, template: str) -> Iterator[str]:
    yield from make_database(server_url, template)


@pytest.fixture(scope="session")
def _shared_address(_shared_url: str) -> Iterator[str]:
    with running_app(DATABASE_URL=_shared_url) as address:
        yield address


@pytest.fixture
def url(_shared_url: str) -> str:
    """One database for all these tests, emptied for each: starting an app for each takes seconds."""
    with psycopg.connect(_shared_url, autocommit=True) as connection:
        wait_for(lambda: _is_emptied(connection))
    return _shared_url


def _is_emptied(connection: psycopg.Connection) -> bool:
    # The app may still be busy with the last test's tabs, which are closed.
    with suppress(psycopg.errors.DeadlockDetected), connection.transaction():
        connection.execute("DELETE FROM threads")
        connection.execute("DELETE FROM users WHERE type = 'human'")
        connection.execute("DELETE FROM deletions")
        connection.execute("DELETE FROM tickets")
        connection.execute("DELETE FROM limits")
        return True
    return False


@pytest.fixture
def address(url: str, _shared_address: str) -> str:
    """The address of an app on the test's database."""
    return _shared_address


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[OpenTab]:
    """A tab in a browser of its own. Any error in the page's scripts fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[Error] = []

    def open_tab(address: str, **options: object) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}} | options
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.on("weberror", lambda web_error: errors.append(web_error.error))
        contexts.append(context)
        tab = context.new_page()
        tab.goto(address)
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def open_as(hand: Hand, address: str, open_tab: OpenTab) -> OpenAs:
    """A tab of somebody who is already signed in."""

    def open_as(user_id: UUID, path: str = "/", **options: object) -> Page:
        browser_id = uuid4()
        hand.type("INSERT INTO sessions (browser_id, user_id) VALUES (%s, %s)", browser_id, user_id)
        key = hand.value("SELECT cookie_key FROM instance")
        cookie = {
            "name": COOKIE_NAME,
            "value": Cookies(key).make_cookie(browser_id),
            "domain": "127.0.0.1",
            "path": "/",
            "expires": -1,
            "httpOnly": True,
            "secure": False,
            "sameSite": "Lax",
        }
        state = {"cookies": [cookie], "origins": []}
        return open_tab(address + path, storage_state=state, **options)

    return open_as
