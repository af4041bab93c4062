"""The small components of the screen, for what Streamlit's own elements can't do."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict
from uuid import UUID

import streamlit as st

_FOLDER = Path(__file__).parent


class ThreadLink(TypedDict):
    """A line of the list of threads."""

    id: str
    href: str
    name: str
    is_open: bool
    is_unread: bool
    is_current: bool


class Mark(TypedDict):
    """A coloured dot, and the words that it stands for."""

    level: str  # high, middle or low
    title: str


class TableRow(TypedDict):
    """A line of a table. Its key stays the same as long as it says the same."""

    key: str
    cells: Sequence[str]
    detail: NotRequired[str]  # shown when the row is opened
    mark: NotRequired[Mark]


class EventRow(TypedDict):
    """A line of the table of events."""

    id: str
    seq: int
    thread_id: str
    thread: str
    author: str
    type: str
    words: str
    at: str  # ISO 8601
    data: str  # shown when the row is opened


def _read(name: str) -> str:
    return (_FOLDER / name).read_text()


# The messages of a chat (see chat.py for why). In the page's own tree, for its type and colours.
_messages = st.components.v2.component(
    "burn_messages",
    html='<div role="log" aria-label="Messages"></div>',
    css=_read("messages.css"),
    js=_read("messages.js"),
    isolate_styles=False,
)

# A button that puts a link on the clipboard.
_copy = st.components.v2.component(
    "burn_copy",
    html='<button type="button"><span aria-live="polite"></span></button>',
    css=_read("copy.css"),
    js=_read("copy.js"),
)

# A table that is filtered while one types, and whose rows can be opened and stay open while
# others come in. st.dataframe can't open rows; with a filter of its own in Python, each letter
# would be a rerun.
_rows = st.components.v2.component(
    "burn_rows",
    html='<input type="search" autocomplete="off"><p hidden></p><ul tabindex="0"></ul>',
    css=_read("rows.css"),
    js=_read("rows.js"),
)

# The table of events: rows that open and stay open, and times that go on (see also _rows).
_events = st.components.v2.component(
    "burn_events",
    html='<p></p><ul tabindex="0" aria-label="Events"></ul>',
    css=_read("events.css"),
    js=_read("events.js"),
)

# Links to threads (see threads.js for why not st.page_link).
_threads = st.components.v2.component(
    "burn_threads",
    html='<nav aria-label="Your threads"></nav>',
    css=_read("threads.css"),
    js=_read("threads.js"),
)


def draw_threads(threads: Sequence[ThreadLink]) -> None:
    _threads(key="threads-list", data={"threads": threads})


def draw_messages(key: str, chat: str, viewer_id: UUID | None) -> bool:
    """Whether messages are missing between those that the browser has and these."""
    viewer = None if viewer_id is None else str(viewer_id)
    result = _messages(key=key, data={"chat": chat, "viewer": viewer}, on_gap_change=lambda: None)
    return result.gap is not None


def draw_copy_button(key: str, label: str, address: str) -> None:
    """address is a path of this site."""
    _copy(key=key, data={"label": label, "address": address}, width="content")


def write_rows(label: str, empty: str, rows: Sequence[TableRow]) -> str:
    """What draw_rows draws, as text: the same for everybody, so that it can be kept.

    label says what the filter looks at; empty is shown where there is no row.
    """
    return json.dumps({"label": label, "empty": empty, "rows": rows}, ensure_ascii=False)


def draw_rows(key: str, table: str) -> None:
    _rows(key=key, data=table)


def draw_events(key: str, view: str, empty: str, rows: Sequence[EventRow]) -> None:
    """view says which page of which events it is: another one begins at its top.

    empty is shown where there is no row.
    """
    _events(key=key, data={"view": view, "empty": empty, "rows": rows})
