"""Downloading a thread."""

from pathlib import Path

from tests.end_to_end.tabs import OpenAs, open_editor
from tests.making import Hand


def test_a_member_downloads_the_thread(hand: Hand, open_as: OpenAs) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada)
    hand.say(thread_id, ada, "I like chess")
    tab = open_as(ada, f"/?thread={thread_id}")
    dialog = open_editor(tab)
    with tab.expect_download() as download:
        dialog.get_by_role("button", name="Download as SQL").click()
    assert download.value.suggested_filename == f"thread-{thread_id}.sql"
    text = Path(download.value.path()).read_text()
    assert text.startswith("-- A thread of Burn, Untitled thread,")
    assert "I like chess" in text
    assert text.endswith("COMMIT;\n")
