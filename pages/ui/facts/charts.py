"""Charts and a graph of the facts that the filter gives."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

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
from burn_core.explore.facts import FactFacet, FactFilter, select_matching, select_values
from burn_core.explore.search import COUNTED, count_rows, list_facet
from db.connection import begin
from pages.ui.facts.choice import Choice, get_choice, list_topics
from pages.ui.shared import address
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import draw_sql, panel
from pages.ui.shared.resources import get_engine

_BARS = 12
_HEIGHT = 240
_STEPS = [f"{step / 10:.1f}" for step in range(11)]
# As Vega calls a time that is cut to the unit, and how it is written below a bar.
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
def draw_charts(user_id: UUID, drawn: Choice) -> None:
    choice = get_choice(user_id, drawn)
    topics = list_topics(user_id, choice.filter)
    revision = read_revision(*topics)
    st.caption(
        f"Of the facts that the filters above give; of more than {COUNTED:,}, the newest. "
        f"Bars by name show the {_BARS} longest."
    )
    left, right = st.columns(2, gap="large")
    with left:
        _draw_over_time(user_id, choice.filter)
    with right:
        _draw_confidence(user_id, choice.filter)
    left, right = st.columns(2, gap="large")
    with left:
        _draw_values(user_id, choice.filter, FactFacet.SUBJECT)
    with right:
        _draw_values(user_id, choice.filter, FactFacet.CATEGORY)
    follow("facts-charts", topics, revision, wait_ms=2_000)


def _draw_over_time(user_id: UUID, filter: FactFilter) -> None:
    span = select_span(user_id, filter)
    with begin(get_engine()) as session:
        unit = find_unit(session, span) or Unit.DAY
        statement = select_over_time(user_id, filter, unit, str(address.get_zone()))
        bars = list_over_time(session, statement)
    title = f"Facts per {unit}"
    named = [(f"{start.astimezone(address.get_zone()):%Y-%m-%d %H:%M:%S}", n) for start, n in bars]
    time_unit, form = _TIMES[unit]
    time = {"type": "temporal", "timeUnit": time_unit, "axis": {"format": form}}
    with panel(f"**{title}**", title, span, statement):
        _draw_bars(bars, {"x": time, "y": _COUNT}, _HEIGHT, _describe(title, named))


def _draw_confidence(user_id: UUID, filter: FactFilter) -> None:
    statement = select_confidence(user_id, filter)
    with begin(get_engine()) as session:
        counts = {f"{step:.1f}": count for step, count in list_confidence(session, statement)}
    title = "Facts by confidence"
    bars = [(step, counts.get(step, 0)) for step in _STEPS]
    axes = {"x": {"type": "ordinal", "axis": {"labelAngle": 0}}, "y": _COUNT}
    with panel(f"**{title}**", title, statement):
        _draw_bars(bars, axes, _HEIGHT, _describe(title, list(counts.items())))


def _draw_values(user_id: UUID, filter: FactFilter, facet: FactFacet) -> None:
    statement = select_values(user_id, filter, facet, _BARS)
    with begin(get_engine()) as session:
        bars = [(count.label, count.rows) for count in list_facet(session, statement)]
    title = f"Facts by {facet}"
    axes = {"x": _COUNT, "y": {"type": "nominal", "sort": None}}
    with panel(f"**{title}**", title, statement):
        _draw_bars(bars, axes, 50 + 25 * len(bars), _describe(title, bars))


def _draw_bars(bars: _Bars, axes: dict[str, Any], height: int, alt: str) -> None:
    """Axes without a field have what the bars are of."""
    encoding = {axis: {"field": "of", "title": None, **each} for axis, each in axes.items()}
    frame = pd.DataFrame(list(bars), columns=["of", "facts"])
    spec = {"mark": {"type": "bar", "tooltip": True}, "encoding": encoding}
    st.vega_lite_chart(frame, spec, height=height, alt=alt)


def _describe(title: str, bars: _Bars) -> str:
    return f"{title}. {', '.join(f'{of}: {count}' for of, count in bars) or 'None'}."


@st.fragment(key="facts-graph")
def draw_graph(user_id: UUID, drawn: Choice) -> None:
    choice = get_choice(user_id, drawn)
    topics = list_topics(user_id, choice.filter)
    revision = read_revision(*topics)
    statement = select_edges(user_id, choice.filter)
    with begin(get_engine()) as session:
        edges = list_edges(session, statement)
        count = count_rows(session, select_matching(user_id, choice.filter))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_caption_graph(len(edges), str(count)), width="content")
        draw_sql("Graph", statement)
    if edges:
        sentences = "; ".join(f"{edge.subject} {edge.predicate} {edge.object}" for edge in edges)
        st.graphviz_chart(write_dot(edges), alt=f"Graph. {sentences}.")
    follow("facts-graph", topics, revision, wait_ms=2_000)


def _caption_graph(shown: int, count: str) -> str:
    which = f"the newest {shown}" if shown == EDGES else f"all {shown}"
    return (
        f"Who is what: {which} of the {count} facts that match, each an arrow from its subject, "
        "over its predicate, to its object."
    )
