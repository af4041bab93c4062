"""The timeline of one thread: who did what when, and how long the runs took."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import streamlit as st

from burn_core.explore.frames import timeline_frame
from burn_core.explore.timeline import (
    MOST_EVENTS,
    MOST_RUNS_OF_EACH,
    Moment,
    Span,
    list_moments,
    list_spans,
    select_moments,
    select_spans,
)
from db.connection import begin
from pages.ui.events.choice import Choice, read_choice
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.resources import get_engine

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
# One under the other and small, they fit on a narrow screen.
_LEGEND = {
    "orient": "bottom",
    "columns": len(_STATUSES),
    "columnPadding": 8,
    "labelFontSize": 12,
    "layout": {"bottom": {"direction": "vertical", "margin": 2}},
}
_LANE, _AXES = 34, 90  # pixels


def draw_timeline(user_id: UUID, choice: Choice) -> None:
    if len(choice.filter.thread_ids) != 1:
        st.caption("Choose one thread to see its timeline.")
        return
    statements = (
        cached_statement(each, user_id, choice.filter) for each in (select_moments, select_spans)
    )
    with panel("**Timeline** · events and runs", "Timeline", *statements):
        _draw_chart(user_id, choice)


@st.fragment(key="timeline")
def _draw_chart(user_id: UUID, drawn: Choice) -> None:
    choice = read_choice()
    if choice != drawn:
        st.rerun()
    (thread_id,) = choice.filter.thread_ids
    topics = [f"events:{thread_id}", f"runs:{thread_id}", f"users:{user_id}"]
    revision = read_revision(*topics)
    with begin(get_engine()) as session:
        moments = list_moments(session, select_moments(user_id, choice.filter))
        spans = list_spans(session, select_spans(user_id, choice.filter))
    words, lanes = _describe(moments, spans), _list_lanes(moments, spans)
    if moments or spans:
        st.vega_lite_chart(
            timeline_frame(moments, spans, datetime.now(UTC)),
            _make_spec(lanes),
            height=_LANE * len(lanes) + _AXES,
            key="timeline-chart",
            # With other words the chart would be drawn anew, instead of moved on.
            alt="Timeline: a lane for each who did something. The words beneath it sum it up.",
        )
    st.caption(words)
    follow("timeline", topics, revision, wait_ms=1_000)


def _list_lanes(moments: Sequence[Moment], spans: Sequence[Span]) -> list[str]:
    """People first, each kind in the order of their first event."""
    by_age = sorted(moments, key=lambda moment: (moment.is_agent, moment.seq))
    names = [moment.author for moment in by_age] + [span.agent for span in reversed(spans)]
    return list(dict.fromkeys(names))


def _describe(moments: Sequence[Moment], spans: Sequence[Span]) -> str:
    if not moments and not spans:
        return "Nothing happened in this thread in that time, or you are not in it."
    words = f"Points are events: {_count(m.type for m in moments)}."
    if spans:
        words += f" Bars are runs of agents: {_count(s.status for s in spans)}."
    if len(moments) == MOST_EVENTS:
        words += f" Shown are the newest {MOST_EVENTS} events."
    if MOST_RUNS_OF_EACH in Counter(span.agent for span in spans).values():
        words += f" Shown are the newest {MOST_RUNS_OF_EACH} runs of each agent."
    return f"{words} Only the thread and the times of the filter count here."


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
            # Thus also what took no time is seen.
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
