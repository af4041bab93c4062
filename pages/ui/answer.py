"""What a query gave: as a table, a chart, and a file."""

import pandas as pd
import streamlit as st
from pandas.api import types

from burn_core.frames import CELL_CHARACTERS, answer_frame, is_cut
from burn_core.tables.console import write_csv
from db.query import Answer

_KINDS = ["Bars", "Line", "Points"]


def draw_answer(answer: Answer) -> None:
    """Draw it inside of a fragment, whose choices it has."""
    if not answer.columns:
        return
    frame = answer_frame(answer)
    table, chart = st.tabs(["Table", "Chart"])
    with table:
        st.dataframe(frame, hide_index=True, alt="The rows that the query gave", key="rows")
        if is_cut(answer):
            st.caption(
                f"Values of more than {CELL_CHARACTERS:,} characters are cut here. The file has "
                "them whole."
            )
        st.download_button(
            "Download as CSV",
            write_csv(answer),
            file_name="burn.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="csv",
        )
    with chart:
        _draw_chart(frame)


def _draw_chart(frame: pd.DataFrame) -> None:
    numbers = [name for name in frame if _is_number(frame[name])]
    if not numbers or frame.empty:
        st.caption("A chart needs a row at least, and a column of numbers.")
        return
    first = _choose_x(frame, numbers)
    names = list(map(str, frame))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        x = st.selectbox("Across", names, index=names.index(first), key=f"x-{names}")
        others = [name for name in numbers if name != x] or numbers
        y = st.multiselect("Up", numbers, default=others[:3], key=f"y-{names}-{x}")
        kind = st.segmented_control(
            "As",
            _KINDS,
            default="Bars" if types.is_string_dtype(frame[x]) else "Line",
            required=True,
            key=f"kind-{names}-{x}",
        )
    if not y:
        st.caption("Choose a column of numbers to draw.")
        return
    draw = {"Bars": st.bar_chart, "Line": st.line_chart, "Points": st.scatter_chart}[kind]
    # Under plain names: in those of columns, a chart takes some characters as syntax.
    plain = pd.DataFrame({"x": frame[x]} | {f"y{n}": frame[name] for n, name in enumerate(y)})
    draw(plain, x="x", y=list(plain)[1:], x_label=x, y_label=", ".join(y), height=380)


def _choose_x(frame: pd.DataFrame, numbers: list[str]) -> str:
    """A time, or else a text, or else the first column."""
    for test in (types.is_datetime64_any_dtype, types.is_string_dtype):
        for name in frame:
            if test(frame[name]) and name not in numbers:
                return str(name)
    return str(frame.columns[0])


def _is_number(column: "pd.Series[float]") -> bool:
    return types.is_numeric_dtype(column) and not types.is_bool_dtype(column)
