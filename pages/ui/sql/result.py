"""The result of a query, as a table, a chart and a file."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from pandas.api import types

from burn_core.console.console import write_csv
from burn_core.console.frames import CELL_CHARACTERS, is_cut, result_frame
from db.read_only.query import QueryResult
from pages.ui.shared.download import ABOUT_CSV, ABOUT_LIMIT, draw_file

_KINDS: dict[str, Callable[..., object]] = {
    "Bars": partial(st.bar_chart, sort=False),
    "Line": st.line_chart,
    "Points": st.scatter_chart,
}


def draw_result(result: QueryResult) -> None:
    """Draw it in a fragment: its choices rerun that fragment."""
    if not result.columns:
        return
    frame = result_frame(result)
    table, chart = st.tabs(["Table", "Chart"])
    with table:
        st.dataframe(frame, hide_index=True, alt="The rows that the query returned", key="rows")
        if is_cut(result):
            st.caption(
                f"The table has the first {CELL_CHARACTERS:,} characters of a value. The file has more."
            )
        _say_what_is_cut(result)
        draw_file(
            "Download as CSV",
            lambda _: write_csv(result).encode(),
            "burn.csv",
            "text/csv",
            icon=":material/download:",
            key="csv",
        )
        st.caption(f"{ABOUT_CSV} {ABOUT_LIMIT}")
    with chart:
        _draw_chart(frame)


def _say_what_is_cut(result: QueryResult) -> None:
    """In the file too, unlike what only the table cuts."""
    if not result.lengths:
        return
    (row, column), length = max(result.lengths.items(), key=lambda each: each[1])
    kept = len(result.rows[row][column] or "")
    if len(result.lengths) == 1:
        said = f"One value is cut at {kept:,} of its {length:,} characters, in the file too."
    else:
        said = (
            f"{len(result.lengths):,} values are cut, in the file too. The longest is cut at "
            f"{kept:,} of its {length:,} characters."
        )
    st.caption(said)


def _draw_chart(frame: pd.DataFrame) -> None:
    names = list(map(str, frame))
    numbers = [name for name in names if _is_number(frame[name])]
    if not numbers or frame.empty:
        st.caption("A chart needs at least one row and a column of numbers.")
        return
    first = _choose_x(frame)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        x = st.selectbox("X axis", names, index=names.index(first), key=f"x-{names}")
        others = [name for name in numbers if name != x] or numbers
        y = st.multiselect("Y axis", numbers, default=others[:1], key=f"y-{names}-{x}")
        usual = "Bars" if _is_text(frame[x]) else "Line"
        kind = st.selectbox(
            "Chart", list(_KINDS), index=list(_KINDS).index(usual), key=f"kind-{names}-{x}"
        )
    if not y:
        st.caption("Choose a column of numbers to draw.")
        return
    across = frame[x].astype(float) if x in numbers else frame[x]
    # Column names become values, because charts read some characters in field names as syntax.
    drawn = pd.concat(
        pd.DataFrame({"across": across, "up": frame[name].astype(float), "column": name})
        for name in y
    )
    _KINDS[kind](
        drawn,
        x="across",
        y="up",
        color="column" if len(y) > 1 else None,
        x_label=x,
        y_label=", ".join(y),
        height=380,
        alt=f"{', '.join(y)} by {x}",
    )


def _choose_x(frame: pd.DataFrame) -> str:
    """The first time column, or the first text column, or the first column."""
    for test in (types.is_datetime64_any_dtype, _is_text):
        for name in map(str, frame):
            if test(frame[name]):
                return name
    return str(frame.columns[0])


def _is_number(column: "pd.Series[Any]") -> bool:
    """Decimals are objects in a frame; texts aren't."""
    is_object = types.is_object_dtype(column)
    return is_object or (types.is_numeric_dtype(column) and not types.is_bool_dtype(column))


def _is_text(column: "pd.Series[Any]") -> bool:
    return types.is_string_dtype(column) and not types.is_object_dtype(column)
