"""Rows that open: the tables of the computer and of the page of events, drawn by the browser.

Their rows stay open while others come in, and the computer's are filtered as one types. st.dataframe
can't open rows, and a filter in Python would take a rerun for each letter.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import streamlit as st

_FOLDER = Path(__file__).parent


class Mark(TypedDict):
    """A coloured dot, and what it means in words."""

    level: str  # high, middle or low
    title: str


class Link(TypedDict):
    label: str
    address: str  # one that begins with ? is added to the page's own


class Row(TypedDict):
    """A row of a table. While its key stays the same, only its cells may change."""

    key: str
    cells: Sequence[str]
    mark: NotRequired[Mark]
    at: NotRequired[str]  # ISO 8601, shown as a time and as how long ago that was
    detail: NotRequired[str]  # shown when the row is opened
    links: NotRequired[Sequence[Link]]  # shown with the detail


_rows = st.components.v2.component(
    "burn_rows",
    html='<input type="search" autocomplete="off"><p hidden></p><ul tabindex="0"></ul>',
    css=(_FOLDER / "rows.css").read_text(),
    js=(_FOLDER / "time.js").read_text() + (_FOLDER / "rows.js").read_text(),
)


def write_rows(
    label: str,
    empty: str,
    rows: Sequence[Row],
    *,
    columns: Sequence[str] = (),
    view: str = "",
    has_filter: bool = False,
) -> str:
    """What draw_rows draws, as text: the same for everybody, so that it can be cached.

    label names the table, and is the placeholder of its filter. empty is shown if there are no rows.
    columns name the cells, for rows.css. The table scrolls to its top when the view changes.
    """
    table = {
        "label": label,
        "empty": empty,
        "columns": columns,
        "view": view,
        "has_filter": has_filter,
        "rows": rows,
    }
    return json.dumps(table, ensure_ascii=False)


def draw_rows(key: str, table: str) -> None:
    _rows(key=key, data=table)
