"""What all viewers of a thread are sent, kept for them up to a number of bytes."""

import sys
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, Generic, TypeVar, TypeVarTuple
from weakref import WeakValueDictionary

from pages.ui.shared.latest import Latest

Ts = TypeVarTuple("Ts")
T = TypeVar("T")


class _Load(Generic[T]):
    """Those who want the same result at once have it in common, and so it is loaded once for them."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.result: T | None = None


def shared(
    most_bytes: int, measure: Callable[[Any], int] = sys.getsizeof
) -> Callable[[Callable[[*Ts], T]], Callable[[*Ts], T]]:
    """Make a function keep its latest results, each for its arguments. None is no result.

    Who asks for a result that somebody else is waiting for waits along, and loads it only if that
    failed. measure says how many bytes a result takes. One that takes more than most_bytes isn't
    kept: only those who are waiting for it get it.
    """

    def make_shared(load: Callable[[*Ts], T]) -> Callable[[*Ts], T]:
        kept = Latest[tuple[*Ts], T](most_bytes, measure)
        loads = WeakValueDictionary[tuple[*Ts], _Load[T]]()
        lock = Lock()

        @wraps(load)
        def get(*key: *Ts) -> T:
            with lock:
                mine = loads.setdefault(key, _Load())
            with mine.lock:
                if mine.result is None:
                    mine.result = kept.find(key)
                if mine.result is None:
                    mine.result = load(*key)
                    kept.keep(key, mine.result)
                return mine.result

        return get

    return make_shared
