"""What searching facts and searching events have in common."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Result,
    ScalarSelect,
    Select,
    Uuid,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import replacement_traverse

from db import schema
from db.visitor import searching

_IS_VISIBLE = "burn_is_visible"
# A SELECT, whatever its columns.
Statement = Select[*tuple[Any, ...]]
# Counting stops after this many rows: where more match, the newest stand for all of them.
COUNTED = 10_000
MOST_VALUES = 200
# Postgres rejects words longer than 2 kB in a search.
_WORD_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows to show: each field narrows them down, and of several values any one will do."""

    thread_ids: tuple[UUID, ...] = ()
    words: str = ""

    def list_conditions(self) -> list[ColumnElement[bool]]:
        """Conditions for the fields that are neither facets nor words."""
        return []


@dataclass(frozen=True, slots=True, eq=False)
class Facet:
    """Something that rows are filtered and counted by."""

    name: str  # in addresses
    field: str  # of the filter, which holds a tuple of values
    column: Any
    parse: Callable[[str], Any] = str  # text from an address to a value, or to None
    label: Any = None  # the column with the name for a value that is an id
    only: ColumnElement[bool] | None = None  # the rows that have such a value, if not all do

    def narrow(self, statement: Statement, values: Sequence[Any]) -> Statement:
        """Only the rows with one of the values. Without values, all of them."""
        if not values:
            return statement
        is_one = self.column == values[0] if len(values) == 1 else self.column.in_(values)
        return self.narrow_to_valued(statement).where(is_one)

    def narrow_to_valued(self, statement: Statement) -> Statement:
        return statement if self.only is None else statement.where(self.only)


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are. More than COUNTED means: more than were counted."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table to look through: what somebody may see of it, narrowed down and counted."""

    row: Any  # its class in db/schema.py
    words: str  # the expression that its index of words is on
    facets: tuple[Facet, ...]

    @property
    def name(self) -> str:
        name: str = self.row.__tablename__
        return name

    def narrow(self, statement: Statement, user_id: UUID, filter: Filter) -> Statement:
        """Only the rows in the person's threads that match the filter."""
        statement = statement.where(self.row.thread_id.in_(select_visible_threads(user_id)))
        for facet in self.facets:
            statement = facet.narrow(statement, getattr(filter, facet.field))
        statement = statement.where(*filter.list_conditions())
        if filter.words.strip():
            statement = statement.where(match_words(self.words, filter.words))
        return statement

    def select_matching(self, user_id: UUID, filter: Filter) -> Statement:
        """The ids of all rows that match, in no order: what is counted."""
        return self.narrow(select(self.row.id), user_id, filter)

    def select_newest(self, user_id: UUID, filter: Filter, *columns: Any) -> Statement:
        """Columns of the newest rows that match, at most COUNTED."""
        return (
            self.narrow(select(*columns), user_id, filter)
            .order_by(self.row.inserted_at.desc(), self.row.id.desc())
            .limit(COUNTED)
        )

    def select_values(
        self, user_id: UUID, filter: Filter, facet: Facet, limit: int = MOST_VALUES
    ) -> Statement:
        """How many of the newest matches have each value, most first: value, label, rows."""
        newest = self.select_newest(user_id, filter, facet.column.label("value"))
        return count_values(facet.narrow_to_valued(newest), facet.label, limit)

    def select_facet(self, user_id: UUID, filter: Filter, facet: Facet) -> Statement:
        """How many rows each value would give: value, label, rows, most first.

        The facet's own values in the filter don't count, so that there is something else to choose.
        """
        without: dict[str, Any] = {facet.field: ()}
        return self.select_values(user_id, replace(filter, **without), facet)

    def find_names(
        self, session: Session, user_id: UUID, facet: Facet, ids: Collection[UUID]
    ) -> dict[UUID, str]:
        """The names of the person's threads, or of people and agents in their rows, by id."""
        if facet.label is None or not ids:
            return {}
        id, visible = facet.label.class_.id, select_visible_threads(user_id)
        is_in_rows = exists().where(facet.column == id, self.row.thread_id.in_(visible))
        names = select(id, facet.label).where(id.in_(ids), id.in_(visible) | is_in_rows)
        found: Sequence[Any] = session.execute(names).all()
        return dict(found)


def select_visible_threads(user_id: UUID) -> Select[UUID]:
    """The ids of the threads whose rows a person may see: those they are a member of."""
    threads = select(schema.Membership.thread_id).where(schema.Membership.user_id == user_id)
    return threads.execution_options(**{_IS_VISIBLE: True})


def run(session: Session, statement: Statement) -> Result[*tuple[Any, ...]]:
    """Execute a statement about rows in visible threads, with those threads' ids in it.

    Postgres knows how many rows a named thread has. For threads that a subquery finds it assumes
    the average, which is off by orders of magnitude for somebody in one big thread. And it must
    plan for these very values each time, because some words are rare and others are frequent.
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

    named: Any = replacement_traverse(statement, {}, name_threads)
    with searching(session) as searcher:
        searcher.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        return searcher.execute(named).freeze()()


def match_words(vector: str, typed: str) -> ColumnElement[bool]:
    """Whether each word typed is the beginning of a word in the row.

    vector is the expression that the table's index of words is on (db/schema.py).
    """
    typed = typed.replace("\0", " ").replace("\\", " ")
    words = [word[:_WORD_CHARACTERS].replace("'", "''") for word in typed.split()]
    query = " & ".join(f"'{word}':*" for word in words if re.search(r"\w", word))
    return literal_column(vector).op("@@", is_comparison=True)(
        func.to_tsquery(literal_column("'simple'::regconfig"), query)
    )


def cut_page(
    statement: Statement, key: Any, id: Any, *, is_descending: bool, after: Place | None, limit: int
) -> Statement:
    """The rows after the place, sorted by the key and the id. Later pages cost no more than the
    first.

    (key, id) > place would say the same as the two conditions, but Postgres then estimates by the
    key alone, and expects hardly any rows where a frequent key comes last.
    """
    if after is not None:
        value = literal(after.value, key.type)
        if is_descending:
            statement = statement.where(key <= value, (key < value) | (id < after.id))
        else:
            statement = statement.where(key >= value, (key > value) | (id > after.id))
    order = (key.desc(), id.desc()) if is_descending else (key, id)
    return statement.order_by(*order).limit(limit)


def count_rows(session: Session, statement: Statement) -> Count:
    return Count(run(session, select_count(statement)).scalar_one())


def select_count(statement: Statement) -> Select[int]:
    """How many rows the statement gives, at most COUNTED + 1."""
    counted = statement.order_by(None).limit(COUNTED + 1).subquery("counted")
    return select(func.count()).select_from(counted)


def count_values(statement: Statement, label: Any = None, limit: int = MOST_VALUES) -> Statement:
    """How many rows have each value in the column `value`, most first: value, label, rows.

    label is the column with the words for a value, if they are not the value itself.
    """
    newest = statement.subquery("newest")
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


def list_values(session: Session, statement: Statement) -> list[FacetCount]:
    """The counts of a select_values or select_facet."""
    rows: Iterable[Any] = run(session, statement)
    return [FacetCount(value, str(label), count) for value, label, count in rows]
