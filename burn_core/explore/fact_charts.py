"""Facts in charts: how many over time, how confident, and as a graph of who likes what.

Like the counts, all of them cover the newest facts that match (search.COUNTED).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from burn_core.explore.facts import FACTS, FactFilter
from burn_core.explore.search import Statement, run
from db import schema

EDGES = 40  # a graph with more lines than this is unreadable
_MOST_CHARACTERS = 40
_STYLE = """rankdir=LR nodesep=0.08 ranksep=1 bgcolor="transparent"
node [shape=box style=rounded fontsize=12 height=0.25 margin="0.1,0.03"]
edge [fontsize=11]"""
_Fact = schema.Fact


class Unit(StrEnum):
    """How much time a bar of the chart over time covers."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


# The longest span that a unit is used for: about a hundred bars.
_SPANS = {
    Unit.SECOND: timedelta(seconds=100),
    Unit.MINUTE: timedelta(minutes=100),
    Unit.HOUR: timedelta(hours=100),
    Unit.DAY: timedelta(days=100),
    Unit.MONTH: timedelta(days=3_000),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """A fact as a line of the graph: from its subject to its object, named by its predicate."""

    subject_id: UUID
    subject: str
    predicate: str
    object: str


def select_span(user_id: UUID, filter: FactFilter) -> Statement:
    """When the first and the last fact were written down, in one row."""
    newest = FACTS.select_newest(user_id, filter, _Fact.inserted_at).subquery("newest")
    return select(func.min(newest.c.inserted_at), func.max(newest.c.inserted_at))


def find_unit(session: Session, statement: Statement) -> Unit | None:
    """The unit that fits the span of a select_span, or None if there are no facts."""
    first, last = run(session, statement).one()
    if first is None:
        return None
    return next((unit for unit, longest in _SPANS.items() if last - first <= longest), Unit.YEAR)


def select_over_time(
    user_id: UUID, filter: FactFilter, unit: Unit, time_zone: str = "UTC"
) -> Statement:
    """How many facts were written down in each unit of time, in order: start, facts."""
    newest = FACTS.select_newest(user_id, filter, _Fact.inserted_at).subquery("newest")
    start = func.date_trunc(unit.value, newest.c.inserted_at, time_zone).label("start")
    starts = select(start).subquery("starts")
    return (
        select(starts.c.start, func.count().label("facts"))
        .group_by(starts.c.start)
        .order_by(starts.c.start)
    )


def list_over_time(session: Session, statement: Statement) -> list[tuple[datetime, int]]:
    counts: Iterable[Any] = run(session, statement)
    return [(start, count) for start, count in counts]


def select_confidence(user_id: UUID, filter: FactFilter) -> Statement:
    """How many facts have each confidence, to one decimal, lowest first: confidence, facts."""
    newest = FACTS.select_newest(
        user_id, filter, func.round(_Fact.confidence, 1).label("confidence")
    )
    steps = newest.subquery("steps")
    return (
        select(steps.c.confidence, func.count().label("facts"))
        .group_by(steps.c.confidence)
        .order_by(steps.c.confidence)
    )


def list_confidence(session: Session, statement: Statement) -> list[tuple[float, int]]:
    counts: Iterable[Any] = run(session, statement)
    return [(float(confidence), count) for confidence, count in counts]


def select_edges(user_id: UUID, filter: FactFilter) -> Statement:
    """The newest EDGES facts, with the columns of Edge."""
    columns = (_Fact.subject_id, schema.User.name.label("subject"), _Fact.predicate, _Fact.object)
    newest = FACTS.select_newest(user_id, filter, *columns)
    return newest.join(schema.User, schema.User.id == _Fact.subject_id).limit(EDGES)


def list_edges(session: Session, statement: Statement) -> list[Edge]:
    return [Edge(*row) for row in run(session, statement)]


def write_dot(edges: Iterable[Edge]) -> str:
    """The edges in Graphviz's language. People are ellipses, objects boxes; equal objects share one."""
    people: dict[UUID, str] = {}
    objects: dict[str, str] = {}
    lines: dict[str, None] = {}
    for edge in edges:
        person = people.setdefault(edge.subject_id, f"person{len(people)}")
        thing = objects.setdefault(edge.object, f"object{len(objects)}")
        lines[f"{_write_node(person, edge.subject)} [shape=ellipse penwidth=2]"] = None
        lines[_write_node(thing, edge.object)] = None
        lines[f"{person} -> {thing} [label={_quote(edge.predicate)}]"] = None
    return "\n".join(["digraph {", _STYLE, *lines, "}"])


def _write_node(node: str, words: str) -> str:
    return f"{node} [label={_quote(words)}]"


def _quote(words: str) -> str:
    """The words on one line, with the characters escaped that mean something to Graphviz."""
    line = " ".join(words.split())
    if len(line) > _MOST_CHARACTERS:
        line = line[: _MOST_CHARACTERS - 1] + "…"
    for mark, written in (("&", "&amp;"), ("\\", "\\\\"), ('"', '\\"')):
        line = line.replace(mark, written)
    return f'"{line}"'
