"""The lessons: each query runs, and has something to show after the demo."""

from sqlalchemy import Engine

from burn_core.console.console import Console
from burn_core.console.lessons import LESSONS
from burn_core.demo import play_demo
from burn_core.settings import Settings
from tests.end_to_end.processes import running_worker
from tests.making import Hand


def test_each_has_rows_after_the_demo(url: str, engine: Engine) -> None:
    hand = Hand(url)
    host = hand.value("INSERT INTO users (name, is_host) VALUES ('ada', true) RETURNING id")
    with running_worker(url):
        play_demo(url, Settings())
    console = Console(engine, url)
    found = {each.title: len(console.run(host, each.query).rows) for each in LESSONS}
    assert len(found) >= 12
    assert [title for title, rows in found.items() if not rows] == []
