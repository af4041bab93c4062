"""Revisions, where the page of a tab and its socket are two web processes'."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from burn_core.room.access import Audience
from burn_core.room.cookies import Cookies
from burn_core.room.live import Live
from tests.making import Hand, wait_for

TOPIC, OTHER = "events:1", "memberships:1"


@pytest.fixture
def audience(web_engine: Engine, door_engine: Engine, cookie_key: str) -> Audience:
    return Audience(web_engine, door_engine, Cookies(cookie_key), f"web:{uuid4()}")


@pytest.fixture
def older(url: str, audience: Audience) -> Live:
    return Live(url, audience)


@pytest.fixture
def newer(url: str, older: Live, audience: Audience) -> Live:
    return Live(url, audience)


@pytest.fixture
def running(older: Live) -> Iterator[Live]:
    older.start()
    yield older
    older.stop()


def test_news_from_an_older_process_is_newer_than_what_another_drew_before(
    older: Live, newer: Live
) -> None:
    newer.announce(TOPIC)
    drawn_at = newer.get_revision([TOPIC])
    older.announce(TOPIC)
    assert older.get_revision([TOPIC]) > drawn_at


def test_a_process_draws_again_for_news_of_which_only_another_has_heard(
    older: Live, newer: Live
) -> None:
    drawn_at = older.get_revision([TOPIC])
    newer.announce(TOPIC)
    told = newer.get_revision([TOPIC])
    older.catch_up([OTHER, TOPIC], told)
    assert older.get_revision([TOPIC]) == told > drawn_at


def test_a_tab_that_asks_for_what_is_known_or_to_come_changes_nothing(older: Live) -> None:
    older.announce(TOPIC)
    before = older.get_revision([OTHER]), older.get_revision([TOPIC])
    for revision in (before[1], 10**16, 0, -1):
        older.catch_up([OTHER, TOPIC], revision)
    assert (older.get_revision([OTHER]), older.get_revision([TOPIC])) == before


def test_the_visits_of_a_process_that_dies_end_while_another_runs(
    running: Live, hand: Hand
) -> None:
    wait_for(lambda: running.state == "listening")
    ada = hand.make_user("ada")
    hand.type(
        "INSERT INTO visits (thread_id, user_id, web) VALUES (%s, %s, 'dead')",
        hand.make_thread(ada),
        ada,
    )
    wait_for(lambda: not hand.type("SELECT 1 FROM visits"), 20)
