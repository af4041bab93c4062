"""A dictionary that keeps only what was used last."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Latest(Generic[K, V]):
    """The values that were used last, as long as their sizes add up to at most `most`.

    Without measure, each has size 1. One that is larger than `most` isn't kept. Several threads can
    use it at once.
    """

    def __init__(self, most: int, measure: Callable[[V], int] = lambda _: 1) -> None:
        self._most = most
        self._measure = measure
        self._lock = Lock()
        # The latest use is last.
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._size = 0

    def find(self, key: K) -> V | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: K, value: V) -> None:
        """The key is a new one."""
        size = self._measure(value)
        if size > self._most:
            return
        with self._lock:
            self._kept[key] = value, size
            self._size += size
            while self._size > self._most:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._size -= oldest
