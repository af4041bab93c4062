"""Burn in real browsers: each tab is in a browser of its own, as each person is."""

import os
import shutil
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from burn_core.room.cookies import COOKIE_NAME, Cookies
from tests.end_to_end.processes import running_app
from tests.end_to_end.tabs import OpenAs, OpenTab
from tests.making import Hand

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not program:
        pytest.fail(
            "There is no Chromium for the browser tests. Install one (on Debian: apt-get install "
            "chromium), or name one in the variable CHROMIUM."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def address(url: str) -> Iterator[str]:
    with running_app(DATABASE_URL=url) as address:
        yield address


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[OpenTab]:
    """A tab in a browser of its own, which fails the test on any error of the page's scripts."""
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
    """A tab of somebody who is signed in, without the way through the sign-in."""

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
