"""Signing in through a provider (OpenID Connect), in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.processes import running_app
from tests.end_to_end.provider import Provider, running_provider, write_secrets
from tests.end_to_end.tabs import OpenTab, enter, press_in_own_menu
from tests.end_to_end.test_entering import expect_form, expect_signed_in
from tests.making import Hand


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider(sub="1815", name="Ada Lovelace", email="ada@example.org") as provider:
        yield provider


@pytest.fixture
def address(url: str, tmp_path: Path, provider: Provider) -> Iterator[str]:
    write_secrets(tmp_path, provider)
    with running_app(DATABASE_URL=url, HOME=str(tmp_path)) as address:
        yield address


def go_on(tab: Page) -> None:
    tab.get_by_role("button", name="Continue with Somebody").click()


def expect_proposal(tab: Page, name: str) -> None:
    """The person is back from the provider, and can choose a name."""
    expect(tab.get_by_role("button", name="Sign in another way")).to_be_visible()
    expect(tab.get_by_role("textbox", name="Your name")).to_have_value(name)


def test_a_provider_vouches_for_a_person_whom_only_it_lets_in_again(
    hand: Hand, address: str, open_tab: OpenTab, provider: Provider
) -> None:
    tab = open_tab(f"{address}/facts")
    go_on(tab)
    expect_proposal(tab, "ada-lovelace")
    assert hand.value("SELECT count(*) FROM users WHERE type = 'human'") == 0
    tab.get_by_role("button", name="Enter").click()
    expect_signed_in(tab, "ada-lovelace")
    expect(tab).to_have_url(f"{address}/facts")
    press_in_own_menu(tab, "Sign out")
    expect_form(tab)
    enter(tab, "ada-lovelace")
    expect(tab.get_by_text("The name ada-lovelace is taken")).to_be_visible()
    go_on(tab)
    expect_signed_in(tab, "ada-lovelace")
    assert hand.type("SELECT issuer, subject FROM identities") == [(provider.address, "1815")]


def test_a_name_that_somebody_has_is_changed_and_is_not_theirs(
    hand: Hand, address: str, open_tab: OpenTab
) -> None:
    hand.make_user("ada-lovelace")
    tab = open_tab(address)
    go_on(tab)
    expect_proposal(tab, "ada-lovelace")
    tab.get_by_role("button", name="Enter").click()
    expect(tab.get_by_text("The name ada-lovelace is taken")).to_be_visible()
    tab.get_by_role("textbox", name="Your name").fill("countess")
    tab.get_by_role("button", name="Enter").click()
    expect_signed_in(tab, "countess")


def test_after_signing_out_everywhere_a_copy_of_the_browsers_cookies_is_worth_nothing(
    address: str, open_tab: OpenTab
) -> None:
    tab = open_tab(address)
    go_on(tab)
    expect_proposal(tab, "ada-lovelace")
    tab.get_by_role("button", name="Enter").click()
    expect_signed_in(tab, "ada-lovelace")
    thief = open_tab(address, storage_state=tab.context.storage_state())
    expect_signed_in(thief, "ada-lovelace")
    press_in_own_menu(tab, "Sign out everywhere")
    expect_form(tab)
    expect_form(thief)
    thief.reload()
    expect_form(thief)
    expect(thief.get_by_role("button", name="Continue with Somebody")).to_be_visible()


def test_two_people_of_one_provider_are_two(
    address: str, open_tab: OpenTab, provider: Provider
) -> None:
    for subject, name in (("1815", "ada"), ("1791", "charles")):
        provider.person = {"sub": subject, "name": name, "email": "same@example.org"}
        tab = open_tab(address)
        go_on(tab)
        expect_proposal(tab, name)
        tab.get_by_role("button", name="Enter").click()
        expect_signed_in(tab, name)
