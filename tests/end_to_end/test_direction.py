"""Marks of direction in a message turn nothing but the message."""

from uuid import UUID

from playwright.sync_api import expect

from pages.ui.shared.markdown import escape
from tests.end_to_end.tabs import OpenAs, find_words
from tests.making import Hand

TURNING = "\u202e\u2067I am turned"


def test_a_message_turns_nothing_around_it(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    hand.say(thread_id, ada, TURNING)
    hand.say(thread_id, ada, "שלום עולם")
    hand.say(thread_id, ada, "plain")
    hand.type("UPDATE threads SET name = %s WHERE id = %s", TURNING, thread_id)
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(find_words(tab, "plain")).to_be_visible()
    isolated = tab.locator(".burn-words, nav .name").evaluate_all(
        "all => all.map(each => getComputedStyle(each).unicodeBidi)"
    )
    assert isolated
    assert set(isolated) <= {"isolate", "plaintext"}
    assert find_words(tab, "שלום עולם").evaluate("it => getComputedStyle(it).direction") == "rtl"
    assert find_words(tab, "plain").evaluate("it => getComputedStyle(it).direction") == "ltr"


def test_text_within_a_sentence_loses_them() -> None:
    assert escape(TURNING) == "I am turned"
