"""Charts and a graph of the facts that match the filter."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from burn_core.explore.fact_charts import (
    EDGES,
    Unit,
    find_unit,
    list_confidence,
    list_edges,
    list_over_time,
    select_confidence,
    select_edges,
    select_over_time,
    select_span,
    write_dot,
)
from burn_core.explore.facts import CATEGORY, FACTS, SUBJECT
from burn_core.explore.search import COUNTED, Facet, count_rows, list_values
from db.connection import begin
from pages.ui.facts.choice import FactChoice
from pages.ui.shared import address
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import draw_sql, panel

_BARS = 12
_HEIGHT = 240
_STEPS = [f"{step / 10:.1f}" for step in range(11)]
# Vega's name for a time cut to the unit, and how it is written below a bar.
_TIMES = {
    Unit.SECOND: ("yearmonthdatehoursminutesseconds", "%H:%M:%S"),
    Unit.MINUTE: ("yearmonthdatehoursminutes", "%H:%M"),
    Unit.HOUR: ("yearmonthdatehours", "%b %d, %H:%M"),
    Unit.DAY: ("yearmonthdate", "%b %d"),
    Unit.MONTH: ("yearmonth", "%b %Y"),
    Unit.YEAR: ("year", "%Y"),
}
_COUNT = {
    "field": "facts",
    "type": "quantitative",
    "axis": {"format": "d", "tickMinStep": 1},
}
_Bars = Sequence[tuple[Any, int]]


@st.fragment(key="facts-charts")
def draw_charts(drawn: FactChoice) -> None:
    drawn.check()
    topics = drawn.list_topics()
    revision = read_revision(*topics)
    st.caption(
        f"The facts that match the filters, the newest {COUNTED:,} at most. "
        f"The charts by subject and by category show their {_BARS} longest bars."
    )
    left, right = st.columns(2, gap="large")
    with left:
        _draw_over_time(drawn)
    with right:
        _draw_confidence(drawn)
    left, right = st.columns(2, gap="large")
    with left:
        _draw_values(drawn, SUBJECT)
    with right:
        _draw_values(drawn, CATEGORY)
    follow("facts-charts", topics, revision, wait_ms=2_000)


def _draw_over_time(choice: FactChoice) -> None:
    span = select_span(choice.user_id, choice.filter)
    with begin(get_engine()) as session:
        unit = find_unit(session, span) or Unit.DAY
        statement = select_over_time(choice.user_id, choice.filter, unit, str(address.get_zone()))
        bars = list_over_time(session, statement)
    title = f"Facts per {unit}"
    named = [(f"{start.astimezone(address.get_zone()):%Y-%m-%d %H:%M:%S}", n) for start, n in bars]
    time_unit, form = _TIMES[unit]
    time = {"type": "temporal", "timeUnit": time_unit, "axis": {"format": form}}
    with panel(f"**{title}**", title, span, statement):
        _draw_bars(bars, {"x": time, "y": _COUNT}, _HEIGHT, _describe(title, named))


def _draw_confidence(choice: FactChoice) -> None:
    statement = select_confidence(choice.user_id, choice.filter)
    with begin(get_engine()) as session:
        counts = {f"{step:.1f}": count for step, count in list_confidence(session, statement)}
    title = "Facts by confidence"
    bars = [(step, counts.get(step, 0)) for step in _STEPS]
    axes = {"x": {"type": "ordinal", "axis": {"labelAngle": 0}}, "y": _COUNT}
    with panel(f"**{title}**", title, statement):
        _draw_bars(bars, axes, _HEIGHT, _describe(title, list(counts.items())))


def _draw_values(choice: FactChoice, facet: Facet) -> None:
    statement = FACTS.select_values(choice.user_id, choice.filter, facet, _BARS)
    with begin(get_engine()) as session:
        bars = [(count.label, count.rows) for count in list_values(session, statement)]
    title = f"Facts by {facet.name}"
    axes = {"x": _COUNT, "y": {"type": "nominal", "sort": None}}
    with panel(f"**{title}**", title, statement):
        _draw_bars(bars, axes, 50 + 25 * len(bars), _describe(title, bars))


def _draw_bars(bars: _Bars, axes: dict[str, Any], height: int, alt: str) -> None:
    """An axis without a field of its own shows what the bars stand for."""
    encoding = {axis: {"field": "of", "title": None, **each} for axis, each in axes.items()}
    frame = pd.DataFrame(list(bars), columns=["of", "facts"])
    spec = {"mark": {"type": "bar", "tooltip": True}, "encoding": encoding}
    st.vega_lite_chart(frame, spec, height=height, alt=alt)


def _describe(title: str, bars: _Bars) -> str:
    return f"{title}. {', '.join(f'{of}: {count}' for of, count in bars) or 'None'}."


@st.fragment(key="facts-graph")
def draw_graph(drawn: FactChoice) -> None:
    drawn.check()
    topics = drawn.list_topics()
    revision = read_revision(*topics)
    statement = select_edges(drawn.user_id, drawn.filter)
    with begin(get_engine()) as session:
        edges = list_edges(session, statement)
        count = count_rows(session, FACTS.select_matching(drawn.user_id, drawn.filter))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_caption_graph(len(edges), str(count)), width="content")
        draw_sql("Graph", statement)
    if edges:
        sentences = "; ".join(f"{edge.subject} {edge.predicate} {edge.object}" for edge in edges)
        st.graphviz_chart(write_dot(edges), alt=f"Graph. {sentences}.")
    follow("facts-graph", topics, revision, wait_ms=2_000)


def _caption_graph(shown: int, count: str) -> str:
    which = f"The newest {shown}" if shown == EDGES else f"All {shown}"
    return (
        f"{which} of the {count} facts that match. Each arrow is a fact: it leads from the subject "
        "to the object, and the predicate is its label."
    )
