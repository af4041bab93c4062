"""Turns: a few at once, place by place."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from burn_core.room.turns import Turns
from tests.making import wait_for

CROWD = 20


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(CROWD + 2) as pool:
        yield pool


def count_waiting(turns: Turns) -> int:
    return sum(map(len, turns._waiting.values()))


def test_places_have_their_turns_one_after_the_other(pool: ThreadPoolExecutor) -> None:
    turns, called = Turns(2), list[str]()

    def wait(place: str) -> None:
        assert turns.take(place, 30)
        called.append(place)

    def give_back() -> None:
        count = len(called) + 1
        turns.give_back()
        wait_for(lambda: len(called) == count)

    for _ in range(2):
        wait("crowded")
    for number in range(CROWD):
        pool.submit(wait, "crowded" if number < CROWD - 2 else "elsewhere")
        wait_for(lambda count=number + 1: count_waiting(turns) == count)  # type: ignore[misc]
    for _ in range(CROWD):
        give_back()
    assert called[2:6] == ["crowded", "elsewhere", "crowded", "elsewhere"]
    assert called[6:] == (CROWD - 4) * ["crowded"]


def test_who_has_given_up_is_not_called(pool: ThreadPoolExecutor) -> None:
    turns = Turns(1)
    assert turns.take("here", 0)
    assert not turns.take("here", 0)
    patient = pool.submit(turns.take, "here", 30)
    wait_for(lambda: count_waiting(turns) == 1)
    assert not turns.take("here", 0)
    assert not turns.take("elsewhere", 0)
    turns.give_back()
    assert patient.result(10)
    turns.give_back()
    assert turns.take("elsewhere", 0)
