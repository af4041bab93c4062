"""Caps: how many model calls and tokens a thread, a person and the whole instance have an hour and a day."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

from burn_core.settings import Settings

Scope = Literal["thread", "person", "instance"]
What = Literal["calls", "tokens"]
Period = Literal["hour", "day"]
_SCOPES: tuple[Scope, ...] = ("thread", "person", "instance")
_WHATS: tuple[What, ...] = ("calls", "tokens")
# Those of a day come first, as they hold for longest.
_PERIODS: tuple[Period, ...] = ("day", "hour")
_WHO = {
    "thread": "This thread has reached its",
    "person": "The person whom the agents would answer has reached their",
    "instance": "Burn has reached its",
}
_EACH = {"hour": "hourly", "day": "daily"}
_MAX_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Cap:
    """The most of something that each one of a kind can use in a period."""

    scope: Scope
    what: What
    period: Period
    most: int

    @property
    def key(self) -> str:
        """As it is set, such as BURN_THREAD_CALLS_PER_HOUR=600. Agents that it holds back wait for this."""
        return f"{_name_setting(self.scope, self.what, self.period).upper()}={self.most}"

    @property
    def words(self) -> str:
        """Why nothing is claimed, for everybody in the thread."""
        what = "model calls" if self.what == "calls" else "tokens"
        return f"{_WHO[self.scope]} {_EACH[self.period]} limit of {what} ({self.most:,})."


def list_caps(settings: Settings) -> list[Cap]:
    """Those that are set, those of a day first."""
    caps = [
        Cap(scope, what, period, getattr(settings, _name_setting(scope, what, period)))
        for period, scope, what in product(_PERIODS, _SCOPES, _WHATS)
    ]
    return [cap for cap in caps if cap.most]


def describe_cap(key: str) -> str:
    """The words of the cap with this key, or the key if it is no cap's: anybody can type one in psql."""
    most = key.rpartition("=")[2]
    if most.isdecimal() and len(most) < _MAX_DIGITS:
        for period, scope, what in product(_PERIODS, _SCOPES, _WHATS):
            cap = Cap(scope, what, period, int(most))
            if cap.key == key:
                return cap.words
    return key


def _name_setting(scope: Scope, what: What, period: Period) -> str:
    return f"burn_{scope}_{what}_per_{period}"
