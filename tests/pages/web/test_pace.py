"""Pace: bursts pass, and the rest waits its turn."""

from types import SimpleNamespace

import pytest

from pages.web import pace
from pages.web.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, as its only item."""
    now = [1_000.0]
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_a_burst_passes_and_the_rest_waits_its_turn(clock: list[float]) -> None:
    paced = Pace(50, 10)
    assert [paced.take("ada") for _ in range(50)] == pytest.approx([0.0] * 50, abs=1e-6)
    assert [round(paced.take("ada"), 3) for _ in range(3)] == [0.1, 0.2, 0.3]
    assert paced.take("bob") == 0.0
    clock[0] += 0.3
    assert paced.take("ada") == pytest.approx(0.1)
    clock[0] += 100
    assert paced.take("ada") == 0.0


def test_a_use_that_is_given_back_makes_others_wait_less(clock: list[float]) -> None:
    paced = Pace(50, 10)
    for _ in range(60):
        paced.take("ada")
    for _ in range(9):
        paced.give_back("ada")
    assert paced.take("ada") == pytest.approx(0.2)
    paced.give_back("nobody")
    assert paced.take("nobody") == 0.0


def test_who_has_all_uses_left_is_forgotten(clock: list[float]) -> None:
    paced = Pace(50, 10)
    for number in range(1_000):
        clock[0] += 1
        paced.take(number)
    assert len(paced._free_at) < 3
