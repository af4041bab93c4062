"""What searching facts and searching events have in common."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal_column, select, tuple_
from sqlalchemy.orm import Session

from db import schema

# A statement, whatever its columns.
Rows = Select[*tuple[Any, ...]]
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
    return select(schema.Membership.thread_id).where(schema.Membership.user_id == user_id)


def narrow_to(rows: Rows, column: Any, values: Sequence[Any]) -> Rows:
    """The rows whose column has one of the values. No value narrows nothing."""
    if not values:
        return rows
    return rows.where(column == values[0] if len(values) == 1 else column.in_(values))


def match_words(vector: str, text: str) -> ColumnElement[bool]:
    """Whether a row has, for each word typed, a word that begins with it.

    vector is the expression that the table's index of words is on (db/schema.py).
    """
    text = text.replace("\0", " ").replace("\\", " ")
    words = [word[:_WORD_CHARACTERS].replace("'", "''") for word in text.split()]
    query = " & ".join(f"'{word}':*" for word in words if re.search(r"\w", word))
    return literal_column(vector).op("@@", is_comparison=True)(
        func.to_tsquery(literal_column("'simple'::regconfig"), query)
    )


def cut_page(
    rows: Rows, key: Any, id: Any, *, is_descending: bool, after: Place | None, limit: int
) -> Rows:
    """The rows that follow the place, sorted by the key and the id. No row is read in vain,
    however far down the page is.
    """
    if after is not None:
        place = tuple_(after.value, after.id)
        rows = rows.where(tuple_(key, id) < place if is_descending else tuple_(key, id) > place)
    order = (key.desc(), id.desc()) if is_descending else (key, id)
    return rows.order_by(*order).limit(limit)


def count_rows(session: Session, rows: Rows) -> Count:
    return Count(session.scalar(select_count(rows)) or 0)


def select_count(rows: Rows) -> Select[int]:
    counted = rows.order_by(None).limit(COUNTED + 1).subquery("counted")
    return select(func.count()).select_from(counted)


def count_values(rows: Rows, label: Any = None, limit: int = MOST_VALUES) -> Rows:
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


def list_facet(session: Session, facet: Rows) -> list[FacetCount]:
    rows: Iterable[Any] = session.execute(facet)
    return [FacetCount(value, str(label), count) for value, label, count in rows]
