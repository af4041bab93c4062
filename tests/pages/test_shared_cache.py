"""What is kept for all viewers: by bytes, and loaded once."""

import sys
from threading import Event, Thread, current_thread

import pytest

from pages.ui.shared.shared_cache import shared
from tests.making import wait_for


def has_asked(thread: Thread) -> bool:
    """Whether it waits for the lock of a load, or is loading."""
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None and frame.f_code.co_name != "get":
        frame = frame.f_back
    return frame is not None and "mine" in frame.f_locals


def test_it_keeps_the_latest_up_to_its_bytes() -> None:
    loaded: list[int] = []

    @shared(most_bytes=1_000, measure=len)
    def load(size: int) -> str:
        loaded.append(size)
        return "x" * size

    for size in (400, 500, 400, 300):  # there is no room for 500 any more
        load(size)
    assert loaded == [400, 500, 300]
    load(400)
    load(500)
    assert loaded == [400, 500, 300, 500]


def test_what_is_too_large_isnt_kept_and_takes_nothing_elses_place() -> None:
    loaded: list[int] = []

    @shared(most_bytes=1_000, measure=len)
    def load(size: int) -> str:
        loaded.append(size)
        return "x" * size

    for size in (400, 2_000, 2_000, 400):
        assert len(load(size)) == size
    assert loaded == [400, 2_000, 2_000]


@pytest.mark.parametrize("most_bytes", [1_000, 0])
def test_those_who_ask_at_once_wait_for_one_result(most_bytes: int) -> None:
    loaded, may_load, results = [], Event(), list[str]()

    @shared(most_bytes)
    def load(name: str) -> str:
        loaded.append(name)
        assert may_load.wait(10)
        return name

    threads = [Thread(target=lambda: results.append(load("a"))) for _ in range(5)]
    for thread in threads:
        thread.start()
    wait_for(lambda: loaded and all(has_asked(thread) for thread in threads))
    may_load.set()
    for thread in threads:
        thread.join(10)
    assert (loaded, results) == (["a"], ["a"] * 5)


def test_what_fails_is_loaded_again() -> None:
    answers = iter([ValueError("no"), "yes"])

    @shared(most_bytes=1_000)
    def load() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    with pytest.raises(ValueError, match="no"):
        load()
    assert load() == "yes"


def test_somebody_whose_load_fails_fails_alone() -> None:
    may_load, loaded, failed = Event(), list[str](), list[str]()

    @shared(most_bytes=1_000)
    def load() -> str:
        loaded.append(current_thread().name)
        assert may_load.wait(10)
        if current_thread().name == "first":
            raise ValueError("the first one isn't allowed to")
        return "yes"

    def ask() -> None:
        try:
            load()
        except ValueError:
            failed.append(current_thread().name)

    threads = [Thread(target=ask, name=name) for name in ("first", "second", "third")]
    threads[0].start()
    wait_for(lambda: loaded)
    for thread in threads[1:]:
        thread.start()
    may_load.set()
    for thread in threads:
        thread.join(10)
    assert failed == ["first"]
    # Of the other two, one loaded it for both.
    assert len(loaded) == 2
