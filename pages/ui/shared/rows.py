"""Rows that open: the tables of the computer and of the page of events, drawn by the browser.

Their rows stay open while others come in, and the computer's are filtered as one types. st.dataframe
can't open rows, and a filter in Python would take a rerun for each letter.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NotRequired, TypedDict
from uuid import UUID

import streamlit as st

from pages.ui.shared.scripts import read_scripts

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
    js=read_scripts("shared/store.js", "shared/follow.js", "shared/time.js", "shared/rows.js"),
)


def write_rows(
    label: str,
    empty: str,
    rows: Sequence[Row],
    *,
    columns: Sequence[str] = (),
    view: str = "",
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
        "rows": rows,
    }
    return json.dumps(table, ensure_ascii=False)


def draw_rows(key: str, table: str) -> None:
    _rows(key=key, data=table)


class Look(TypedDict):
    """Which of the store's tables is drawn. label and empty are as write_rows says."""

    table: str
    label: str
    empty: str


def draw_stored_rows(key: str, thread_id: UUID, tables: str, look: Look) -> Any:
    """A table whose rows the tab's store has. tables are those that the page brings. In the store, rows
    have an order: the highest comes first.
    """
    data = {"thread": str(thread_id), "tables": tables, "look": look}
    return _rows(key=key, data=data)
