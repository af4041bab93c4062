"""The timeline of one thread: who did what and when, and how long the runs took."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from burn_core.explore.frames import timeline_frame
from burn_core.explore.timeline import (
    MOST_EVENTS,
    MOST_RUNS_OF_EACH,
    Moment,
    list_moments,
    list_runs,
    select_moments,
    select_runs,
)
from burn_core.runs.record import RunRecord
from db.connection import begin
from pages.ui.events.choice import EventChoice
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.topics import list_topics

_STATUSES = {
    "running": "#d97706",
    "done": "#16a34a",
    "silent": "#8b8b94",
    "failed": "#dc2626",
    "expired": "#9333ea",
}
_TYPES = {"text": "circle", "tool_use": "diamond", "tool_result": "square", "system": "cross"}
_POINT = "#2f7fd1"
_AXIS = {
    "tickCount": 6,
    "labelOverlap": "greedy",
    "format": {
        "milliseconds": "%H:%M:%S.%L",
        "seconds": "%H:%M:%S",
        "minutes": "%H:%M",
        "hours": "%H:%M",
        "day": "%d %b",
        "date": "%d %b",
        "week": "%d %b",
        "month": "%b %Y",
        "year": "%Y",
    },
}
# Small and stacked, the legends fit on a narrow screen.
_LEGEND = {
    "orient": "bottom",
    "columns": len(_STATUSES),
    "columnPadding": 8,
    "labelFontSize": 12,
    "layout": {"bottom": {"direction": "vertical", "margin": 2}},
}
_LANE, _AXES = 34, 90  # pixels


def draw_timeline(choice: EventChoice) -> None:
    if len(choice.filter.thread_ids) != 1:
        st.caption("Choose one thread to see its timeline.")
        return
    statements = (
        cached_statement(each, choice.user_id, choice.filter)
        for each in (select_moments, select_runs)
    )
    with panel("**Timeline** · events and runs", "Timeline", *statements):
        _draw_chart(choice)


@st.fragment(key="timeline")
def _draw_chart(drawn: EventChoice) -> None:
    drawn.check()
    topics = list_topics(
        drawn.user_id, events=drawn.filter.thread_ids, runs=drawn.filter.thread_ids
    )
    revision = read_revision(*topics)
    with begin(get_engine()) as session:
        moments = list_moments(session, select_moments(drawn.user_id, drawn.filter))
        runs = list_runs(session, select_runs(drawn.user_id, drawn.filter))
    words, lanes = _describe(moments, runs), _list_lanes(moments, runs)
    if moments or runs:
        st.vega_lite_chart(
            timeline_frame(moments, runs, datetime.now(UTC)),
            _make_spec(lanes),
            height=_LANE * len(lanes) + _AXES,
            key="timeline-chart",
            # Other words would replace the chart instead of updating it.
            alt="Timeline: one lane for each person and agent. The text below it sums it up.",
        )
    st.caption(words)
    follow("timeline", topics, revision, wait_ms=1_000)


def _list_lanes(moments: Sequence[Moment], runs: Sequence[RunRecord]) -> list[str]:
    """People first, each kind in the order of their first event."""
    by_age = sorted(moments, key=lambda moment: (moment.is_agent, moment.seq))
    names = [moment.author for moment in by_age] + [run.agent for run in reversed(runs)]
    return list(dict.fromkeys(names))


def _describe(moments: Sequence[Moment], runs: Sequence[RunRecord]) -> str:
    if not moments and not runs:
        return "Nothing happened in this thread at that time, or it is not visible to you."
    words = f"Points are events: {_count(m.type for m in moments)}."
    if runs:
        words += f" Bars are runs of agents: {_count(run.status for run in runs)}."
    if len(moments) == MOST_EVENTS:
        words += f" Only the newest {MOST_EVENTS} events are shown."
    if MOST_RUNS_OF_EACH in Counter(run.agent for run in runs).values():
        words += f" Only the newest {MOST_RUNS_OF_EACH} runs of each agent are shown."
    return f"{words} The timeline ignores the filter, except for its thread and times."


def _count(kinds: Iterable[str]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in Counter(kinds).most_common()) or "none"


def _make_spec(lanes: list[str]) -> dict[str, Any]:
    lane = {
        "field": "lane",
        "type": "nominal",
        "sort": lanes,
        "title": None,
        "scale": {"domain": lanes},
    }
    start = {
        "field": "start",
        "type": "temporal",
        "title": None,
        "axis": _AXIS,
        "scale": {"padding": 8},
    }
    tooltip = [
        {"field": "lane", "title": "who"},
        {"field": "kind"},
        {"field": "words"},
        {"field": "start", "type": "temporal", "format": "%d %b %Y %H:%M:%S", "title": "at"},
        {"field": "end", "type": "temporal", "format": "%d %b %Y %H:%M:%S", "title": "to"},
    ]
    runs = {
        "transform": [{"filter": "isValid(datum.end)"}],
        "mark": {"type": "bar", "height": 12, "yOffset": 6, "strokeWidth": 2},
        "encoding": {
            "x": start,
            "x2": {"field": "end"},
            "color": {"field": "kind", "scale": _scale(_STATUSES), "title": None},
            # The stroke shows runs that took no time.
            "stroke": {"field": "kind", "scale": _scale(_STATUSES), "legend": None},
            "tooltip": tooltip,
        },
    }
    events = {
        "transform": [{"filter": "!isValid(datum.end)"}],
        "mark": {
            "type": "point",
            "filled": True,
            "size": 60,
            "opacity": 1,
            "color": _POINT,
            "yOffset": -8,
        },
        "encoding": {
            "x": start,
            "shape": {"field": "kind", "scale": _scale(_TYPES), "title": None},
            "tooltip": tooltip[:-1],
        },
    }
    return {
        "encoding": {"y": lane},
        "layer": [runs, events],
        "resolve": {"legend": {"color": "independent", "shape": "independent"}},
        "config": {"legend": _LEGEND},
    }


def _scale(values: dict[str, str]) -> dict[str, list[str]]:
    return {"domain": list(values), "range": list(values.values())}
