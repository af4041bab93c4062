"""The computer beside the chat, and on screens too narrow for both."""

from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.tabs import OpenAs, OpenTab, find_box, find_words, is_too_wide
from tests.making import Hand

NARROW = {"width": 390, "height": 844}


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    thread_id = hand.make_thread(ada)
    hand.say(thread_id, ada, "I like chess")
    return thread_id


def find_row(tab: Page, text: str) -> Locator:
    return tab.locator("li").filter(has_text=text)


def type_filter(tab: Page, name: str, text: str) -> Locator:
    filter = tab.get_by_role("searchbox", name=name)
    filter.click()
    tab.keyboard.type(text)
    return filter


def test_facts_arrive_and_are_filtered_as_you_type(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(tab.get_by_text("No facts yet.")).to_be_visible()
    hand.learn(thread_id, ada, "likes", "chess", 0.9)
    hand.learn(thread_id, ada, "lives_in", "Berlin", 0.4)
    expect(find_row(tab, "Berlin")).to_be_visible()
    filter = type_filter(tab, "Filter by subject, predicate, object", "CHESS")
    expect(find_row(tab, "likes")).to_be_visible()
    expect(find_row(tab, "Berlin")).to_be_hidden()
    hand.learn(thread_id, ada, "plays_chess", "badly", 0.6)
    hand.learn(thread_id, ada, "has", "three cats", 0.9)
    expect(find_row(tab, "plays_chess")).to_be_visible()
    expect(find_row(tab, "three cats")).to_be_hidden()
    expect(filter).to_have_value("CHESS")
    expect(filter).to_be_focused()
    filter.fill("checkers")
    expect(tab.get_by_text("No rows match.").first).to_be_visible()


def test_a_coloured_mark_shows_the_confidence_on_hover(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    hand.learn(thread_id, ada, "likes", "chess", 0.93)
    hand.learn(thread_id, ada, "lives_in", "Berlin", 0.4)
    tab = open_as(ada, f"/?thread={thread_id}")
    colors = []
    for text, confidence in (("chess", "0.93"), ("Berlin", "0.4")):
        mark = find_row(tab, text).get_by_role("img")
        mark.hover()
        expect(mark).to_have_attribute("title", f"confidence {confidence}")
        colors.append(mark.evaluate("mark => getComputedStyle(mark).color"))
    assert colors[0] != colors[1]


def test_an_open_event_and_the_filter_stay_while_events_arrive(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    row = find_row(tab, "ada text")
    row.locator("summary").click()
    data = tab.locator("li pre")
    expect(data).to_contain_text('"text": "I like chess"')
    filter = type_filter(tab, "Filter by type, author, data", "chess")
    for number in range(10):
        hand.say(thread_id, ada, f"chess move {number}")
        hand.say(thread_id, ada, f"checkers move {number}")
    rows = find_row(tab, "ada text")
    expect(rows).to_have_count(21)
    expect(rows.filter(visible=True)).to_have_count(11)
    expect(data).to_be_visible()
    expect(filter).to_have_value("chess")
    expect(filter).to_be_focused()


def test_on_a_narrow_screen_the_computer_is_folded_away_until_asked_for(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}", viewport=NARROW)
    expect(find_words(tab, "I like chess")).to_be_in_viewport()
    expect(find_box(tab)).to_be_in_viewport()
    memory = tab.get_by_label("Filter by subject, predicate, object").first
    expect(memory).to_be_attached()
    expect(memory).not_to_be_visible()
    toggle = tab.get_by_role("switch", name="Computer: the rows behind the chat")
    toggle.focus()
    tab.keyboard.press("Space")
    expect(memory).to_be_in_viewport()
    expect(find_box(tab)).to_be_in_viewport()
    tab.keyboard.press("Space")
    expect(memory).not_to_be_visible()


def test_a_phone_gets_the_computer_when_it_asks_for_it(
    open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    agent = "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
    tab = open_as(ada, f"/?thread={thread_id}", viewport=NARROW, user_agent=agent)
    expect(find_words(tab, "I like chess")).to_be_in_viewport()
    memory = tab.get_by_label("Filter by subject, predicate, object").first
    expect(memory).not_to_be_attached()
    find_box(tab).fill("half a")
    tab.get_by_text("Computer: the rows behind the chat").click()
    expect(memory).to_be_in_viewport()
    expect(find_box(tab)).to_have_value("half a")
    tab.get_by_text("Computer: the rows behind the chat").click()
    expect(memory).not_to_be_attached()


def test_no_page_scrolls_sideways_on_a_narrow_screen(
    hand: Hand, open_as: OpenAs, open_tab: OpenTab, address: str, ada: UUID, thread_id: UUID
) -> None:
    word = "Donaudampfschiff" * 31
    hand.type("UPDATE threads SET name = %s", word[:80])
    hand.say(thread_id, ada, word)
    hand.learn(thread_id, ada, "says", word, 0.9)
    signed_out = open_tab(f"{address}/?thread={thread_id}", viewport=NARROW)
    expect(signed_out.get_by_role("textbox", name="Your name")).to_be_visible()
    invited = open_as(hand.make_user("bob"), hand.invite(thread_id), viewport=NARROW)
    expect(invited.get_by_role("heading", name="You are invited")).to_be_visible()
    tab = open_as(ada, f"/?thread={thread_id}", viewport=NARROW)
    expect(find_words(tab, word)).to_be_visible()
    assert [is_too_wide(it) for it in (signed_out, invited, tab)] == [False] * 3
    tab.get_by_text("Computer: the rows behind the chat").click()
    expect(find_row(tab, "says")).to_be_visible()
    assert not is_too_wide(tab)
