"""Signing in and out in real browsers, and what others try to make of it."""

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from burn_core.room.cookies import COOKIE_NAME
from tests.end_to_end.tabs import OpenTab, enter, open_own_menu, press_in_own_menu
from tests.making import Hand, wait_for

TICKET = "SELECT token FROM tickets ORDER BY inserted_at DESC LIMIT 1"


def post(address: str, path: str, **headers: str) -> tuple[int, str | None]:
    """A POST without a browser: the status, and the cookie that it sets."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.request("POST", path, headers={"burn-ticket": ""} | headers)
    answer = connection.getresponse()
    return answer.status, answer.headers["set-cookie"]


def stream(address: str, cookie: str) -> int:
    """The status of a stream for the holder of the cookie."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
    headers = {"cookie": f"{COOKIE_NAME}={cookie}"}
    connection.request("GET", "/sync/events?live=false", headers=headers)
    return connection.getresponse().status


def get_cookie(tab: Page) -> str:
    (cookie,) = [it["value"] for it in tab.context.cookies() if it["name"] == COOKIE_NAME]
    return cookie


def expect_form(tab: Page) -> None:
    expect(tab.get_by_role("textbox", name="Your name")).to_be_visible()


def expect_signed_in(tab: Page, name: str) -> None:
    expect(tab.get_by_text(f"Signed in as {name}")).to_be_visible()


def make_unsent_ticket(hand: Hand, address: str, open_tab: OpenTab, name: str) -> str:
    """A ticket that a tab asked for, whose browser hasn't exchanged it."""
    tab = open_tab(address)
    tab.route(
        "**/enter", lambda route: None
    )  # as long as there is no answer, the page keeps its ticket
    enter(tab, name)
    ticket: str = wait_for(lambda: hand.type(TICKET))[0][0]
    return ticket


@pytest.mark.parametrize("path", ["/enter", "/entered"])
@pytest.mark.parametrize("origin", ["http://elsewhere", "http://127.0.0.1", "null", None])
def test_only_burns_own_pages_can_sign_a_browser_in(
    hand: Hand, address: str, open_tab: OpenTab, path: str, origin: str | None
) -> None:
    ticket = make_unsent_ticket(hand, address, open_tab, "eve")
    headers = {} if origin is None else {"origin": origin}
    assert post(address, path, **{"burn-ticket": ticket}, **headers) == (403, None)
    status, cookie = post(address, "/enter", origin=address, **{"burn-ticket": ticket})
    assert status == 204, "the ticket itself was good"
    assert cookie


def test_a_ticket_is_exchanged_once_and_exactly(
    hand: Hand, address: str, open_tab: OpenTab
) -> None:
    ticket = make_unsent_ticket(hand, address, open_tab, "ada")
    for tried, status in ((ticket + "x", 409), (ticket, 204), (ticket, 409), ("", 409)):
        assert post(address, "/enter", origin=address, **{"burn-ticket": tried})[0] == status
    assert hand.value("SELECT count(*) FROM sessions") == 0, "nobody is signed in by a ticket"


@contextmanager
def running_site(folder: Path) -> Iterator[str]:
    """Another site: the files of a folder."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()


def test_a_form_of_another_site_signs_nobody_in(
    hand: Hand, address: str, open_tab: OpenTab, tmp_path: Path
) -> None:
    ticket = make_unsent_ticket(hand, address, open_tab, "eve")
    (tmp_path / "index.html").write_text(
        f'<form method="post" enctype="text/plain" action="{address}/enter">'
        f'<input name="{ticket}" value=""><button>Win a prize</button></form>'
    )
    with running_site(tmp_path) as site:
        tab = open_tab(site)
        tab.get_by_role("button").click()
        expect(tab.get_by_text("Only Burn's own pages")).to_be_visible()
        assert tab.context.cookies() == []


def test_a_planted_cookie_is_not_the_victims_sign_in(address: str, open_tab: OpenTab) -> None:
    eve = open_tab(address)
    enter(eve, "eve")
    expect_signed_in(eve, "eve")
    press_in_own_menu(eve, "Sign out")
    expect_form(eve)
    planted = get_cookie(eve)
    victim = open_tab("about:blank")
    victim.context.add_cookies([{"name": COOKIE_NAME, "value": planted, "url": address}])
    victim.goto(address)
    enter(victim, "bob")
    expect_signed_in(victim, "bob")
    assert get_cookie(victim) != planted
    assert stream(address, planted) == 401
    assert stream(address, get_cookie(victim)) == 200
    eve.reload()
    expect_form(eve)
    enter(eve, "bob")
    expect(eve.get_by_text("The name bob is taken")).to_be_visible()


def test_where_cookies_dont_arrive_it_says_so_and_takes_no_name(
    hand: Hand, address: str, open_tab: OpenTab
) -> None:
    tab = open_tab(address)

    def drop_cookies(route: Route) -> None:
        tab.context.clear_cookies()
        route.continue_()

    tab.route("**/entered", drop_cookies)
    enter(tab, "ada")
    expect(tab.get_by_text("doesn't send Burn's cookie back")).to_be_visible()
    expect(tab.get_by_role("textbox", name="Your name")).to_have_value("ada")
    assert hand.value("SELECT count(*) FROM users WHERE type = 'human'") == 0
    tab.unroute("**/entered")
    tab.get_by_role("button", name="Enter").click()
    expect_signed_in(tab, "ada")


def test_a_name_that_is_taken_meanwhile_is_refused_and_another_works(
    hand: Hand, address: str, open_tab: OpenTab
) -> None:
    tab = open_tab(address)

    def take_first(route: Route) -> None:
        hand.make_user("ada")
        route.continue_()

    tab.route("**/entered", take_first, times=1)
    enter(tab, "ada")
    expect(tab.get_by_text("Somebody has just taken the name ada")).to_be_visible()
    enter(tab, "bob")
    expect_signed_in(tab, "bob")


def test_a_connection_that_is_lost_halfway_loses_no_name(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(address)
    enter(tab, "ada")
    expect_signed_in(tab, "ada")
    press_in_own_menu(tab, "Sign out")
    expect_form(tab)
    before = get_cookie(tab)
    tab.route("**/entered", lambda route: route.abort())
    enter(tab, "ada")
    expect(tab.get_by_text("Burn couldn't be reached")).to_be_visible()
    assert get_cookie(tab) != before
    tab.unroute("**/entered")
    tab.reload()
    enter(tab, "ada")
    expect_signed_in(tab, "ada")


def test_other_tabs_of_the_browser_are_signed_in_too(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(address)
    other = tab.context.new_page()
    other.goto(address)
    expect_form(other)
    enter(tab, "ada")
    expect_signed_in(tab, "ada")
    expect_signed_in(other, "ada")
    press_in_own_menu(tab, "Sign out")
    expect_form(tab)
    expect_form(other)


def test_signing_out_everywhere_ends_every_tab_and_cookie(address: str, open_tab: OpenTab) -> None:
    here, elsewhere = open_tab(address), open_tab(address)
    for tab in (here, elsewhere):
        enter(tab, "ada", "her password")
        expect_signed_in(tab, "ada")
    cookies = [get_cookie(here), get_cookie(elsewhere)]
    assert [stream(address, cookie) for cookie in cookies] == [200, 200]
    press_in_own_menu(here, "Sign out everywhere")
    expect_form(here)
    expect_form(elsewhere)
    assert [stream(address, cookie) for cookie in cookies] == [401, 401]


def test_a_new_password_ends_the_other_sign_ins_and_this_one_goes_on(
    address: str, open_tab: OpenTab
) -> None:
    here, elsewhere = open_tab(address), open_tab(address)
    enter(here, "ada")
    expect_signed_in(here, "ada")
    stolen = get_cookie(here)
    change_password(here, "the first")
    expect(here.get_by_text("Your new password is set")).to_be_visible()
    wait_for(lambda: get_cookie(here) != stolen)
    expect_signed_in(here, "ada")
    assert stream(address, stolen) == 401
    enter(elsewhere, "ada", "the first")
    expect_signed_in(elsewhere, "ada")
    before = get_cookie(here)
    change_password(here, "the second", current="the first")
    expect_form(elsewhere)
    wait_for(lambda: get_cookie(here) != before)
    expect_signed_in(here, "ada")
    enter(elsewhere, "ada", "the first")
    expect(elsewhere.get_by_text("enter its password")).to_be_visible()


def change_password(tab: Page, new: str, current: str = "") -> None:
    menu = open_own_menu(tab)
    if current:
        menu.get_by_role("textbox", name="Current password").fill(current)
    menu.get_by_role("textbox", name="New password").fill(new)
    menu.get_by_test_id("stFormSubmitButton").get_by_role("button").click()


def test_a_name_that_is_forgotten_here_is_nobodys(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(address)
    enter(tab, "ada")
    expect_signed_in(tab, "ada")
    open_own_menu(tab).get_by_text("Yes, give the name up").click()
    tab.get_by_role("button", name="Sign out and forget me here").click()
    enter(tab, "ada")
    expect(tab.get_by_text("The name ada is taken")).to_be_visible()


def test_an_expired_sign_in_ends_an_open_page_and_its_cookie(
    hand: Hand, address: str, open_tab: OpenTab
) -> None:
    tab = open_tab(address)
    enter(tab, "ada")
    expect_signed_in(tab, "ada")
    hand.type("UPDATE sessions SET expires_at = now()")
    expect_form(tab)
    assert stream(address, get_cookie(tab)) == 401


def test_an_open_page_makes_the_cookie_last_longer(address: str, open_tab: OpenTab) -> None:
    def get_end() -> float:
        return float(next(it["expires"] for it in tab.context.cookies()))

    tab = open_tab(address)
    enter(tab, "ada")
    expect_signed_in(tab, "ada")
    soon = time.time() + 3_600
    cookie = {"name": COOKIE_NAME, "value": get_cookie(tab), "url": address, "expires": soon}
    tab.context.add_cookies([cookie])  # type: ignore[list-item]
    tab.reload()
    wait_for(lambda: get_end() > soon + 300 * 24 * 3_600)
