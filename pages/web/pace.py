"""How fast somebody may do something here. What comes too fast waits; nothing is dropped."""

import time
from collections.abc import Hashable


class Pace:
    """For each one at_once uses, then per_second more."""

    def __init__(self, at_once: int, per_second: float) -> None:
        self._every_seconds = 1 / per_second
        self._burst_seconds = at_once / per_second
        # As in burn_core/room/limits.py: how far it is ahead says how many uses are left.
        self._free_at: dict[Hashable, float] = {}

    def take(self, whom: Hashable) -> float:
        """Count a use. Returns for how many seconds it has to wait."""
        now = time.monotonic()
        if whom not in self._free_at:
            self._free_at = {key: at for key, at in self._free_at.items() if at > now}
        free_at = max(self._free_at.get(whom, now), now) + self._every_seconds
        self._free_at[whom] = free_at
        return max(0.0, free_at - now - self._burst_seconds)

    def give_back(self, whom: Hashable) -> None:
        """Uncount a use whose turn wasn't waited for, so that others don't wait for it either."""
        if whom in self._free_at:
            self._free_at[whom] -= self._every_seconds
