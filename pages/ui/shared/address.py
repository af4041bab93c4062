"""The address says what a page shows, so that a link shows a colleague the same.

Nothing else holds that: each run reads the address and sets the widgets, and the widgets' callbacks
write what somebody chose to the address. Streamlit's own binding would write the options' labels,
but those have counts that change, and two threads can have the same name.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

T = TypeVar("T")
# What a value in the address means, or None if it means nothing.
Parse = Callable[[str], Any]

LONGEST_TEXT = 200
# The years that a calendar on the screen offers, in any time zone.
EARLIEST, LATEST = datetime(2000, 1, 1), datetime(2100, 1, 1)
_MOST_TEXTS = 100


def read_text(name: str) -> str:
    """The value of the name, cut to what a field can hold, or ""."""
    return _clean(st.query_params.get(name, ""))


def read_texts(name: str) -> tuple[str, ...]:
    """All values of the name, each once."""
    texts = map(_clean, st.query_params.get_all(name))
    return tuple(dict.fromkeys(text for text in texts if text))[:_MOST_TEXTS]


def read_value(name: str, parse: Callable[[str], T | None], default: T) -> T:
    """What the value of the name means, or the default."""
    value = parse(read_text(name))
    return default if value is None else value


def read_values(name: str, parse: Parse) -> tuple[Any, ...]:
    """What the values of the name mean, each once, as far as they mean something."""
    values = map(parse, read_texts(name))
    return tuple(dict.fromkeys(value for value in values if value is not None))


def is_misread(name: str, parse: Parse) -> bool:
    """Whether a value of the name means nothing."""
    return any(parse(text) is None for text in read_texts(name))


def parse_time(text: str) -> datetime | None:
    """The aware time in the text, if a calendar offers it."""
    try:
        time = datetime.fromisoformat(text).replace(microsecond=0)
        time = time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if EARLIEST.year < time.year < LATEST.year else None


def write_time(time: datetime) -> str:
    """An aware time as parse_time reads it, the same in every time zone."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(**values: Iterable[object]) -> None:
    """Give names new values. A name without values is removed. For callbacks."""
    kept = {name: st.query_params.get_all(name) for name in st.query_params}
    given = {name: [str(value) for value in each] for name, each in values.items()}
    st.query_params.from_dict({name: texts for name, texts in (kept | given).items() if texts})


def set_widget(key: str, value: object) -> None:
    """Give a widget what the address says, but leave it alone if it has that: somebody may be
    typing in it.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def get_zone() -> tzinfo:
    """The visitor's time zone."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def describe_time(time: datetime) -> str:
    """An aware time for people, in the visitor's time zone."""
    return time.astimezone(get_zone()).strftime("%-d %b %Y, %H:%M:%S %Z")


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST_TEXT]
