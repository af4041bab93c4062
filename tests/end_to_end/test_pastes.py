"""Pastes that are too long: people read so, and what they pasted is still there."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.end_to_end.tabs import OpenAs, OpenTab, enter, find_box, open_editor
from tests.making import Hand


@pytest.fixture
def ada(hand: Hand) -> UUID:
    ada = hand.make_user("ada")
    hand.type("UPDATE users SET is_host = true WHERE id = %s", ada)
    return ada


def test_a_message_that_is_too_long_stays_in_its_box(
    open_as: OpenAs, ada: UUID, thread_id: UUID, hand: Hand
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    pasted = "lorem " * 2000
    find_box(tab).fill(pasted)
    find_box(tab).press("Enter")
    expect(tab.get_by_text("the limit is 10,000")).to_be_visible()
    expect(find_box(tab)).to_have_value(re.compile("^(lorem ?){2000}$"))
    for _ in range(2):  # refused once more, and once more
        expect(tab.get_by_text("the limit is 10,000")).to_have_count(0, timeout=20_000)
        find_box(tab).press("Enter")
        expect(tab.get_by_text("the limit is 10,000")).to_be_visible()
        expect(find_box(tab)).to_have_value(re.compile("^(lorem ?){2000}$"))
    assert hand.type("SELECT * FROM events WHERE type = 'text'") == []


def test_a_message_of_100000_characters_is_refused_in_words(
    open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    find_box(tab).fill("🔥" * 100_000)
    find_box(tab).press("Enter")
    expect(tab.get_by_text("has 100,000 characters, and the limit is 10,000")).to_be_visible()


def test_names_of_threads_that_are_too_long_stay_in_their_boxes(
    open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    tab.get_by_text("Choose a name and agents").click()
    box = tab.get_by_role("textbox", name="Name (optional)")
    box.fill("x" * 500)
    tab.get_by_role("button", name="Create").click()
    expect(tab.get_by_text("this one has 500").first).to_be_visible()
    expect(box).to_have_value("x" * 500)
    tab.keyboard.press("Escape")
    box = open_editor(tab).get_by_role("textbox", name="Name", exact=True)
    box.fill("y" * 400)
    tab.get_by_role("button", name="Rename").click()
    expect(tab.get_by_text("this one has 400").first).to_be_visible()
    expect(box).to_have_value("y" * 400)


def test_a_persons_name_that_is_too_long_stays_in_its_box(address: str, open_tab: OpenTab) -> None:
    tab = open_tab(address)
    enter(tab, "ada" * 20)
    expect(tab.get_by_text("A name needs 2 to 16 characters")).to_be_visible()
    expect(tab.get_by_role("textbox", name="Your name")).to_have_value("ada" * 20)


def test_words_to_search_for_are_taken_up_to_the_limit_which_is_said(
    open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, "/events")
    box = tab.get_by_role("textbox", name="Words")
    box.fill("z" * 300)
    box.press("Enter")
    expect(tab.get_by_text("Only the first 200 of the 300 characters")).to_be_visible()
    expect(box).to_have_value("z" * 200)


def test_a_query_that_is_too_long_stays_in_its_editor(open_as: OpenAs, ada: UUID) -> None:
    tab = open_as(ada, "/sql")
    editor = tab.get_by_role("textbox", name="Query")
    editor.fill("SELECT 1" + " " * 30_000)
    editor.press("Control+Enter")
    expect(tab.get_by_text("and this one has 30,008")).to_be_visible()
    assert len(editor.input_value()) == 30_008
