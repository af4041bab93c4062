"""A few at once, and fair: a crowd in one place keeps nobody elsewhere waiting for all of it."""

from collections import deque
from collections.abc import Hashable
from threading import Event, Lock


class Turns:
    """at_once turns. Those who wait are called place by place, and in each place in their order."""

    def __init__(self, at_once: int) -> None:
        self._lock = Lock()
        self._free = at_once
        # The place that is called next is the first. Each has somebody who waits.
        self._waiting: dict[Hashable, deque[Event]] = {}

    def take(self, place: Hashable, longest_wait_seconds: float) -> bool:
        """Wait for a turn. Returns whether it came; then give it back."""
        turn = Event()
        with self._lock:
            self._waiting.setdefault(place, deque()).append(turn)
            self._call()
        if turn.wait(longest_wait_seconds):
            return True
        with self._lock:
            has_come = turn.is_set()
            if not has_come:
                self._waiting[place].remove(turn)
                if not self._waiting[place]:
                    del self._waiting[place]
        return has_come

    def give_back(self) -> None:
        with self._lock:
            self._free += 1
            self._call()

    def _call(self) -> None:
        while self._free and self._waiting:
            place = next(iter(self._waiting))
            turns = self._waiting.pop(place)
            turns.popleft().set()
            self._free -= 1
            if turns:
                self._waiting[place] = turns  # now the last
