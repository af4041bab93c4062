"""Burn with a database of its own: two can share it, and it may be killed under them."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from playwright.sync_api import expect

from db import embedded
from tests.db.embedded.homes import find_postmaster
from tests.end_to_end.processes import running_app
from tests.end_to_end.tabs import OpenAs, find_words
from tests.making import Hand, wait_for


@pytest.fixture
def home() -> Iterator[Path]:
    with TemporaryDirectory(prefix="burn-") as folder:
        yield Path(folder)


@pytest.fixture
def address(home: Path) -> Iterator[str]:
    with running_app(BURN_HOME=str(home)) as address:
        yield address


@pytest.fixture
def url(home: Path, address: str) -> str:
    return embedded.start(home)


def is_up(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_pages_and_agents_go_on_after_the_database_was_killed(
    home: Path, url: str, hand: Hand, open_as: OpenAs
) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.say(thread_id, ada, "before")
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(find_words(tab, "before")).to_be_visible()
    wait_for(lambda: hand.list_tool_uses(thread_id))
    find_postmaster(home).kill()
    wait_for(lambda: is_up(url), 10)
    again = Hand(url)
    known = len(again.list_tool_uses(thread_id))
    again.say(thread_id, ada, "I collect vintage toasters")
    expect(find_words(tab, "I collect vintage toasters")).to_be_visible()
    wait_for(lambda: len(again.list_tool_uses(thread_id)) > known, 15)


def test_two_apps_share_a_database_and_the_last_one_stops_it(home: Path) -> None:
    with running_app(BURN_HOME=str(home)):
        url = embedded.start(home)
        postmaster = find_postmaster(home)
        with running_app(BURN_HOME=str(home)):
            assert find_postmaster(home) == postmaster
        assert is_up(url)
    assert not is_up(url)
