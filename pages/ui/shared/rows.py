"""Rows that open: the tables of the computer and of the page of events, drawn by the browser."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import streamlit as st

_FOLDER = Path(__file__).parent


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


# A table that is filtered while one types, and whose rows can be opened and stay open while
# others come in. st.dataframe can't open rows; with a filter of its own in Python, each letter
# would be a rerun.
_rows = st.components.v2.component(
    "burn_rows",
    html='<input type="search" autocomplete="off"><p hidden></p><ul tabindex="0"></ul>',
    css=(_FOLDER / "rows.css").read_text(),
    js=(_FOLDER / "rows.js").read_text(),
)

# The table of events: rows that open and stay open, and times that go on (see also _rows).
_events = st.components.v2.component(
    "burn_events",
    html='<p></p><ul tabindex="0" aria-label="Events"></ul>',
    css=(_FOLDER / "events.css").read_text(),
    js=(_FOLDER / "events.js").read_text(),
)


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
