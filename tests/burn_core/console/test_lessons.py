"""The lessons: each query runs, and has something to show after the demo."""

import pytest
from sqlalchemy import Engine

from burn_core.console.console import Console
from burn_core.console.lessons import LESSONS
from burn_core.demo import play_demo
from burn_core.settings import Settings
from tests.end_to_end.processes import running_worker
from tests.making import Hand


@pytest.mark.parametrize("who", ["a host", "a member"])
def test_each_has_rows_after_the_demo(
    url: str, web_engine: Engine, cookie_key: str, who: str
) -> None:
    hand = Hand(url)
    ada = hand.make_user("ada")
    with running_worker(url):
        play_demo(url, Settings())
    if who == "a host":
        hand.type("UPDATE users SET is_host = true WHERE id = %s", ada)
    else:
        hand.join(hand.value("SELECT id FROM threads"), ada)
    console = Console(web_engine, url, cookie_key)
    browser_id = hand.sign_in(ada)
    found = {each.title: len(console.run(browser_id, each.query).rows) for each in LESSONS}
    assert len(found) >= 12
    assert [title for title, rows in found.items() if not rows] == []
