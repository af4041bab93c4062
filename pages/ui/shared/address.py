"""The address holds what a page shows, so that a link shows a colleague the same.

It is the only truth of that: each run reads it and gives it to the widgets, whose callbacks write
to it what somebody chose. Streamlit's own binding would put the words of the options there, in
which there are counts that change, and names that two threads can share.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from burn_core.room.access import read_key

LONGEST_TEXT = 200
# What a calendar on the screen offers, in any timezone.
EARLIEST, LATEST = datetime(2000, 1, 1), datetime(2100, 1, 1)
_MOST_TEXTS = 100
_ANEW = "the choices are drawn with the whole page"
_NUMBER = re.compile(r" · [\d,]+$")


def read_text(name: str) -> str:
    """The value of the name, at most as long as a field takes, or nothing."""
    return _clean(st.query_params.get(name, ""))


def read_texts(name: str) -> tuple[str, ...]:
    """All values of the name, each once."""
    texts = map(_clean, st.query_params.get_all(name))
    return tuple(dict.fromkeys(text for text in texts if text))[:_MOST_TEXTS]


def read_ids(name: str) -> tuple[UUID, ...]:
    """Those of the values that are ids."""
    ids = map(read_key, read_texts(name))
    return tuple(dict.fromkeys(id for id in ids if id is not None))


def read_time(name: str) -> datetime | None:
    """The aware time that it says, if a calendar offers it."""
    try:
        time = datetime.fromisoformat(read_text(name)).replace(microsecond=0)
        time = time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if EARLIEST.year < time.year < LATEST.year else None


def write(**values: Iterable[object]) -> None:
    """Give names other values; without any, a name goes. For callbacks."""
    kept = {name: st.query_params.get_all(name) for name in st.query_params}
    given = {name: [str(value) for value in each] for name, each in values.items()}
    st.query_params.from_dict({name: texts for name, texts in (kept | given).items() if texts})


def write_time(time: datetime) -> str:
    """An aware time, as read_time reads it: the same in every timezone."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def get_zone() -> tzinfo:
    """The visitor's timezone."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def set_widget(key: str, value: object) -> None:
    """Give a widget what the address says, unless it has it: what is half typed stays."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def mark_full_run() -> None:
    """Called by the whole page, before the fragment that draws the choices."""
    st.session_state[_ANEW] = True


def is_full_run() -> bool:
    """Whether the choices are drawn with the whole page, and not by their fragment alone. True
    once.
    """
    return bool(st.session_state.pop(_ANEW, False))


def draw_choice(
    label: str,
    key: str,
    options: Mapping[str, str],
    chosen: Sequence[str],
    on_choose: Callable[[list[str]], None],
    *,
    is_full_run: bool,
) -> None:
    """A choice of any of the options. Their words may end in " · " and a number that changes,
    except of those that are chosen.

    is_full_run gives it what is chosen once more, whereby what is half typed in it goes.
    """
    values = [value for value in chosen if value in options]
    if is_full_run:
        st.session_state[key] = values
    set_widget(key, values)
    st.multiselect(
        label,
        list(options),
        format_func=lambda value: options.get(value, value),
        key=key,
        placeholder="All",
        filter_mode="contains",
        select_all=False,
        wrap=True,
        on_change=_take_choice,
        args=[key, options, on_choose],
    )


def _take_choice(
    key: str, options: Mapping[str, str], on_choose: Callable[[list[str]], None]
) -> None:
    values = [find_value(text, options) for text in st.session_state[key]]
    on_choose([value for value in values if value is not None])


def find_value(text: str, options: Mapping[str, str]) -> str | None:
    """The value of an option. The browser sends the words that it shows, and those may have had
    another number, or one at all, a moment ago.
    """
    if text in options:
        return text
    values = {label: value for value, label in options.items()}
    bare = {_NUMBER.sub("", label): value for value, label in options.items()}
    return values.get(text) or bare.get(_NUMBER.sub("", text))


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST_TEXT]
