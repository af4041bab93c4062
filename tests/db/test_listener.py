"""Listening to notifications, and reconnecting."""

from collections.abc import Iterator

import pytest

from db.connection import Connection
from db.errors import Away
from db.listener import Listener
from tests.making import Hand, wait_for


class Ears:
    """What a listener heard. Its on_connect fails that many times first."""

    def __init__(self, url: str, failures: int = 0) -> None:
        self.heard: list[str] = []
        self.connects = 0
        self._failures = failures
        self.listener = Listener(url, "burn_changes", self.heard.append, self._connect)

    def _connect(self, connection: Connection) -> None:
        self.connects += 1
        if self.connects <= self._failures:
            raise Away("the tables can't be read yet")


@pytest.fixture
def ears(url: str) -> Iterator[Ears]:
    ears = Ears(url, failures=2)
    ears.listener.start()
    yield ears
    ears.listener.stop()


def test_a_listener_tries_again_if_its_owner_cant_read_the_tables_yet(url: str, ears: Ears) -> None:
    wait_for(ears.listener.connected.is_set)
    assert ears.connects == 3
    Hand(url).type("NOTIFY burn_changes, 'threads:1'")
    wait_for(lambda: ears.heard == ["threads:1"])


def test_a_listener_that_is_cut_connects_again(url: str, ears: Ears) -> None:
    wait_for(ears.listener.connected.is_set)
    hand = Hand(url)
    hand.type(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    wait_for(lambda: ears.connects == 4)
    wait_for(ears.listener.connected.is_set)
    hand.type("NOTIFY burn_changes, 'threads:1'")
    wait_for(lambda: ears.heard == ["threads:1"])
