"""What searching facts and searching events have in common."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Result,
    ScalarSelect,
    Select,
    Uuid,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import replacement_traverse

from db import schema

_IS_VISIBLE = "burn_is_visible"
# A statement, whatever its columns.
Statement = Select[*tuple[Any, ...]]
# Beyond this many rows nothing is counted: of what there is more of, the newest stand for all.
COUNTED = 10_000
MOST_VALUES = 200
# Postgres takes no longer word than 2 kB in a search.
_WORD_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are, or that there are more than were counted."""

    rows: int

    def __str__(self) -> str:
        return f"{COUNTED:,}+" if self.rows > COUNTED else f"{self.rows:,}"


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many rows have a value. label is the value in words."""

    value: Any
    label: str
    rows: int


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a row in a sorted table: what it is sorted by, and its id."""

    value: Any
    id: UUID


def list_visible_threads(user_id: UUID) -> Select[UUID]:
    """The ids of the threads that a person may see the rows of: those they are in."""
    threads = select(schema.Membership.thread_id).where(schema.Membership.user_id == user_id)
    return threads.execution_options(**{_IS_VISIBLE: True})


def run(session: Session, rows: Statement) -> Result[*tuple[Any, ...]]:
    """Execute a statement about rows in visible threads, with those threads' ids in it.

    Of a thread that is named, Postgres knows how many rows it has; of those that a subquery finds
    only how many an average one has, which is off by orders of magnitude for somebody in one big
    thread. And it is to plan for these values, not once for all: words are rare or frequent.
    """
    ids: dict[Any, list[UUID]] = {}

    def name_threads(element: Any, **_: Any) -> Any:
        if not isinstance(element, ScalarSelect):
            return None
        threads: Any = element.element
        if not threads.get_execution_options().get(_IS_VISIBLE):
            return None
        if threads not in ids:
            ids[threads] = list(session.scalars(threads))
        return bindparam(None, ids[threads], type_=Uuid(), expanding=True)

    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    named: Any = replacement_traverse(rows, {}, name_threads)
    return session.execute(named)


def narrow_to(rows: Statement, column: Any, values: Sequence[Any]) -> Statement:
    """The rows whose column has one of the values. No value narrows nothing."""
    if not values:
        return rows
    return rows.where(column == values[0] if len(values) == 1 else column.in_(values))


def match_words(vector: str, typed: str) -> ColumnElement[bool]:
    """Whether a row has, for each word typed, a word that begins with it.

    vector is the expression that the table's index of words is on (db/schema.py).
    """
    typed = typed.replace("\0", " ").replace("\\", " ")
    words = [word[:_WORD_CHARACTERS].replace("'", "''") for word in typed.split()]
    query = " & ".join(f"'{word}':*" for word in words if re.search(r"\w", word))
    return literal_column(vector).op("@@", is_comparison=True)(
        func.to_tsquery(literal_column("'simple'::regconfig"), query)
    )


def cut_page(
    rows: Statement, key: Any, id: Any, *, is_descending: bool, after: Place | None, limit: int
) -> Statement:
    """The rows that follow the place, sorted by the key and the id. However far down the page is,
    no more is read than for the first.

    (key, id) > place says the same as the two conditions, but of that Postgres takes only the key
    into account, and expects next to no rows where a key that many have is the last.
    """
    if after is not None:
        value = literal(after.value, key.type)
        if is_descending:
            rows = rows.where(key <= value, (key < value) | (id < after.id))
        else:
            rows = rows.where(key >= value, (key > value) | (id > after.id))
    order = (key.desc(), id.desc()) if is_descending else (key, id)
    return rows.order_by(*order).limit(limit)


def count_rows(session: Session, rows: Statement) -> Count:
    return Count(run(session, select_count(rows)).scalar_one())


def select_count(rows: Statement) -> Select[int]:
    counted = rows.order_by(None).limit(COUNTED + 1).subquery("counted")
    return select(func.count()).select_from(counted)


def count_values(rows: Statement, label: Any = None, limit: int = MOST_VALUES) -> Statement:
    """How many of the rows, which have a column value, have each value, most first: value, label,
    rows. label is the column that has the words for a value, where those are not the value itself.
    """
    newest = rows.subquery("newest")
    counts = (
        select(newest.c.value, func.count().label("rows"))
        .group_by(newest.c.value)
        .subquery("counts")
    )
    words = counts.c.value if label is None else label
    values = select(counts.c.value, words.label("label"), counts.c.rows)
    if label is not None:
        values = values.join(label.class_, label.class_.id == counts.c.value)
    by_label: ColumnElement[str] = literal_column("label")
    return values.order_by(counts.c.rows.desc(), by_label, counts.c.value).limit(limit)


def list_facet(session: Session, facet: Statement) -> list[FacetCount]:
    rows: Iterable[Any] = run(session, facet)
    return [FacetCount(value, str(label), count) for value, label, count in rows]
