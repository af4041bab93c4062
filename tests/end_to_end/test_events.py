"""The page of events in a browser: its address is the same view for whoever opens it."""

from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.tabs import OpenAs, is_too_wide
from tests.making import Hand


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.type("UPDATE threads SET name = 'Caffè, “due” & *tre*' WHERE id = %s", thread_id)
    hand.act(thread_id, ada, "created")
    for line in ("It's “grün”, isn't it?", "plain"):
        hand.say(thread_id, ada, line)
    return thread_id


def find_line(tab: Page, text: str) -> Locator:
    return tab.locator("summary").filter(has_text=text)


def read_query(tab: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(tab.url).query)


def test_a_link_with_filters_shows_the_same_view_and_what_comes_in(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    query = {
        "thread": [str(thread_id)],
        "type": ["text", "tool_use", "nonsense"],
        "words": "it's “grün”,",
        "since": "2001-01-01T00:00:00Z",
    }
    tab = open_as(ada, f"/events?{urlencode(query, doseq=True)}")
    expect(find_line(tab, "grün")).to_be_visible()
    expect(find_line(tab, "")).to_have_count(1)
    expect(tab.get_by_text("not understood and is ignored: type")).to_be_visible()
    expect(tab.get_by_role("textbox", name="Words")).to_have_value("it's “grün”,")
    chosen = tab.get_by_test_id("stMultiSelect")
    expect(chosen.nth(0)).to_contain_text("Caffè, “due” & *tre*")
    expect(chosen.nth(1)).to_contain_text("tool_use")
    find_line(tab, "grün").click()
    data = tab.locator("details pre")
    expect(data).to_contain_text('"text": "It\'s “grün”, isn\'t it?"')
    half = tab.get_by_role("combobox", name="Author")
    half.click()
    tab.keyboard.type("ad")
    hand.say(thread_id, ada, "it's grün again")
    hand.say(thread_id, ada, "something else")
    expect(find_line(tab, "grün again")).to_be_visible()
    expect(find_line(tab, "")).to_have_count(2)
    expect(data).to_be_visible()
    expect(tab.get_by_role("option", name="ada · 2")).to_be_attached()
    expect(half).to_have_value("ad")


def test_what_is_chosen_can_be_taken_back_with_the_browsers_back(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, "/events")
    expect(find_line(tab, "")).to_have_count(3)
    tab.get_by_role("combobox", name="Type").click()
    tab.get_by_role("option", name="system · 1").click()
    expect(find_line(tab, "")).to_have_count(1)
    assert read_query(tab) == {"type": ["system"]}
    find_line(tab, "created").click()
    tab.get_by_role("link", name="Run and facts").click()
    detail = tab.get_by_role("dialog")
    expect(detail.get_by_text("None: a person wrote it.")).to_be_visible()
    assert set(read_query(tab)) == {"type", "event"}
    tab.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    tab.wait_for_url(lambda url: "event=" not in url)
    expect(tab.locator("details[open]")).to_have_count(1)
    tab.go_back()
    expect(detail.get_by_text("None: a person wrote it.")).to_be_visible()
    tab.go_back()
    expect(detail).to_be_hidden()
    tab.go_back()
    expect(find_line(tab, "")).to_have_count(3)


def test_on_a_narrow_screen_the_filter_is_folded_away(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    hand.say(thread_id, ada, "Donaudampfschiff" * 40)
    tab = open_as(ada, f"/events?thread={thread_id}", viewport={"width": 390, "height": 844})
    expect(find_line(tab, "Donaudampfschiff")).to_be_visible()
    assert not is_too_wide(tab)
    words = tab.get_by_role("textbox", name="Words")
    expect(words).to_be_hidden()
    tab.get_by_text("Filter: choose which events").click()
    expect(words).to_be_visible()
    find_line(tab, "Donaudampfschiff").click()
    expect(tab.locator("details pre")).to_be_visible()
    assert not is_too_wide(tab)


def test_the_page_goes_on_for_nobody_else_who_signs_in_in_another_tab(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    bob = hand.make_user("bob")
    tab = open_as(ada, "/events")
    expect(find_line(tab, "plain")).to_be_visible()
    hand.type("UPDATE sessions SET user_id = %s", bob)  # signed out, and in, in a moment
    expect(tab.get_by_text("Signed in as bob")).to_be_visible()
    expect(tab.get_by_text("No events match.")).to_be_visible()
    expect(find_line(tab, "plain")).to_have_count(0)
