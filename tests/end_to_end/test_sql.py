"""The SQL console, as a host uses it."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.end_to_end.tabs import OpenAs, is_too_wide
from tests.making import Hand

LINK = "/sql?query=SELECT+name+FROM+users+WHERE+type+%3D+%27human%27"


@pytest.fixture
def ada(hand: Hand) -> UUID:
    ada = hand.make_user("ada")
    hand.type("UPDATE users SET is_host = true WHERE id = %s", ada)
    return ada


def test_a_linked_query_runs_only_when_asked_and_edits_are_kept(
    hand: Hand, open_as: OpenAs, ada: UUID
) -> None:
    tab = open_as(ada, LINK)
    editor = tab.get_by_role("textbox", name="Query")
    expect(editor).to_have_value("SELECT name FROM users WHERE type = 'human'")
    expect(tab.get_by_test_id("stDataFrame")).to_have_count(0)
    editor.press("Control+Enter")
    expect(tab.get_by_text("1 row in")).to_be_visible()
    expect(tab.get_by_test_id("stDataFrame")).to_be_visible()
    with tab.expect_download() as download:
        tab.locator(".st-key-csv button").click()
    assert download.value.path().read_text().splitlines() == ["name", "ada"]
    tab.get_by_role("button", name="1. Everything that happens is a row").click()
    expect(editor).to_have_value(re.compile("^SELECT t.name AS thread"))
    editor.fill("SELECT 'half")
    tab.get_by_role("tab", name="Schema").click()
    expect(tab.get_by_text("Read from the database")).to_be_visible()
    tab.get_by_role("link", name="Facts").click()
    expect(tab.get_by_role("heading", name="Facts")).to_be_visible()
    tab.get_by_role("link", name="SQL").click()
    expect(editor).to_have_value("SELECT 'half")
    tab.set_viewport_size({"width": 390, "height": 844})
    expect(editor).to_be_visible()
    assert not is_too_wide(tab)
    hand.type("UPDATE users SET is_host = false WHERE id = %s", ada)
    expect(tab.get_by_text("You can read the rows of your threads")).to_be_visible()
    expect(tab.get_by_role("tab", name="Notebook")).to_have_count(0)
