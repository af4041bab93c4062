"""The projector: a thread for a whole room."""

from playwright.sync_api import Locator, expect

from tests.end_to_end.tabs import OpenAs, find_words
from tests.making import Hand


def get_type_size(words: Locator) -> float:
    """In pixels on the screen."""
    return float(
        words.evaluate("it => parseFloat(getComputedStyle(it).fontSize) * it.currentCSSZoom")
    )


def test_the_projector_shows_the_newest_message_in_large_type_and_a_code_for_joining(
    hand: Hand, open_as: OpenAs
) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada)
    for number in range(30):
        hand.say(thread_id, ada, f"message {number}")
    thread = open_as(ada, f"/?thread={thread_id}")
    projector = open_as(ada, f"/projector?thread={thread_id}")
    sizes = []
    for tab in (thread, projector):
        words = find_words(tab, "message 29")
        expect(words).to_be_visible()
        sizes.append(get_type_size(words))
    assert sizes[1] >= 1.2 * sizes[0]
    for number in range(5):
        text = f"news {number}\n" * 4
        hand.say(thread_id, ada, text)
        expect(find_words(projector, text)).to_be_in_viewport(ratio=1)
    code = projector.get_by_role("img", name=hand.invite(thread_id))
    expect(code).to_be_in_viewport(ratio=1)
    expect(find_words(projector, text)).to_be_in_viewport(ratio=1)
