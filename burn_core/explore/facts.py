"""Facts, as somebody may look through them: filtered, sorted, counted by what they have."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from burn_core.explore.search import (
    COUNTED,
    MOST_VALUES,
    Place,
    Statement,
    count_values,
    cut_page,
    list_visible_threads,
    match_words,
    narrow_to,
    run,
)
from db import schema
from db.schema import FACT_WORDS

_Fact = schema.Fact


@dataclass(frozen=True, slots=True)
class FactFilter:
    """Which facts: each field narrows them, and of several values of one any will do."""

    thread_ids: tuple[UUID, ...] = ()
    subject_ids: tuple[UUID, ...] = ()
    categories: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    confidence: tuple[Decimal, Decimal] = (Decimal(0), Decimal(1))  # from, to, both included
    disputed: bool | None = None
    words: str = ""


class FactFacet(StrEnum):
    """What facts are counted by."""

    THREAD = "thread"
    SUBJECT = "subject"
    CATEGORY = "category"
    PREDICATE = "predicate"
    DISPUTED = "disputed"


class FactSort(StrEnum):
    TIME = "time"
    THREAD = "thread"
    SUBJECT = "subject"
    PREDICATE = "predicate"
    OBJECT = "object"
    CATEGORY = "category"
    CONFIDENCE = "confidence"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class FoundFact:
    """A fact with the names of its thread and subject."""

    id: UUID
    thread_id: UUID
    thread: str
    subject_id: UUID
    subject: str
    predicate: str
    object: str
    category: str
    confidence: Decimal
    disputed: bool
    source_event_id: UUID | None
    tool_use_event_id: UUID | None
    inserted_at: datetime


FOUND_COLUMNS = (
    _Fact.id,
    _Fact.thread_id,
    schema.Thread.name.label("thread"),
    _Fact.subject_id,
    schema.User.name.label("subject"),
    _Fact.predicate,
    _Fact.object,
    _Fact.category,
    _Fact.confidence,
    _Fact.disputed,
    _Fact.source_event_id,
    _Fact.tool_use_event_id,
    _Fact.inserted_at,
)
_SORT_KEYS: dict[FactSort, Any] = {
    FactSort.TIME: _Fact.inserted_at,
    FactSort.THREAD: schema.Thread.name,
    FactSort.SUBJECT: schema.User.name,
    FactSort.PREDICATE: _Fact.predicate,
    FactSort.OBJECT: _Fact.object,
    FactSort.CATEGORY: _Fact.category,
    FactSort.CONFIDENCE: _Fact.confidence,
    FactSort.DISPUTED: _Fact.disputed,
}
# The column of each facet, and of the words for its values.
_FACETS: dict[FactFacet, tuple[Any, Any]] = {
    FactFacet.THREAD: (_Fact.thread_id, schema.Thread.name),
    FactFacet.SUBJECT: (_Fact.subject_id, schema.User.name),
    FactFacet.CATEGORY: (_Fact.category, None),
    FactFacet.PREDICATE: (_Fact.predicate, None),
    FactFacet.DISPUTED: (_Fact.disputed, None),
}
# The filter without its own facet: one sees what else there is to choose.
_WITHOUT: dict[FactFacet, dict[str, Any]] = {
    FactFacet.THREAD: {"thread_ids": ()},
    FactFacet.SUBJECT: {"subject_ids": ()},
    FactFacet.CATEGORY: {"categories": ()},
    FactFacet.PREDICATE: {"predicates": ()},
    FactFacet.DISPUTED: {"disputed": None},
}


def select_facts(
    user_id: UUID,
    filter: FactFilter,
    sort: FactSort = FactSort.TIME,
    *,
    is_descending: bool = True,
    after: Place | None = None,
    limit: int = 100,
) -> Statement:
    """A page of the facts in the person's threads, with the columns of FoundFact."""
    rows = _name(_narrow(select(*FOUND_COLUMNS), user_id, filter))
    key = _SORT_KEYS[sort]
    return cut_page(rows, key, _Fact.id, is_descending=is_descending, after=after, limit=limit)


def list_facts(session: Session, page: Statement) -> list[FoundFact]:
    """The facts of a page of select_facts."""
    return [FoundFact(*row) for row in run(session, page)]


def find_fact(session: Session, user_id: UUID, fact_id: UUID) -> FoundFact | None:
    """The fact, if it is in a thread of the person's."""
    rows = _narrow(select(*FOUND_COLUMNS), user_id, FactFilter()).where(_Fact.id == fact_id)
    return next(iter(list_facts(session, _name(rows))), None)


def get_place(fact: FoundFact, sort: FactSort) -> Place:
    """Where the page that follows the fact begins."""
    value = fact.inserted_at if sort == FactSort.TIME else getattr(fact, sort)
    return Place(value, fact.id)


def select_matching(user_id: UUID, filter: FactFilter) -> Statement:
    """All facts that match, in no order: what is counted."""
    return _narrow(select(_Fact.id), user_id, filter)


def select_newest(user_id: UUID, filter: FactFilter, *columns: Any) -> Statement:
    """Columns of the newest facts that match, at most COUNTED: what facets and charts look at."""
    return (
        _narrow(select(*columns), user_id, filter)
        .order_by(_Fact.inserted_at.desc(), _Fact.id.desc())
        .limit(COUNTED)
    )


def select_facet(user_id: UUID, filter: FactFilter, facet: FactFacet) -> Statement:
    """How many facts one would find by each value, most first: value, label, rows.

    So the filter's own choice of such values doesn't count.
    """
    return select_values(user_id, replace(filter, **_WITHOUT[facet]), facet)


def select_values(
    user_id: UUID, filter: FactFilter, facet: FactFacet, limit: int = MOST_VALUES
) -> Statement:
    """How many of the newest facts that match have each value, most first: value, label, rows."""
    column, label = _FACETS[facet]
    return count_values(select_newest(user_id, filter, column.label("value")), label, limit)


def _name(rows: Statement) -> Statement:
    """With the names of thread and subject."""
    return rows.join(schema.Thread, schema.Thread.id == _Fact.thread_id).join(
        schema.User, schema.User.id == _Fact.subject_id
    )


def _narrow(rows: Statement, user_id: UUID, filter: FactFilter) -> Statement:
    rows = rows.where(_Fact.thread_id.in_(list_visible_threads(user_id)))
    for column, values in (
        (_Fact.thread_id, filter.thread_ids),
        (_Fact.subject_id, filter.subject_ids),
        (_Fact.category, filter.categories),
        (_Fact.predicate, filter.predicates),
    ):
        rows = narrow_to(rows, column, values)
    least, most = filter.confidence
    if least > 0 or most < 1:
        rows = rows.where(_Fact.confidence.between(least, most))
    if filter.disputed is not None:
        rows = rows.where(_Fact.disputed if filter.disputed else ~_Fact.disputed)
    if filter.words.strip():
        rows = rows.where(match_words(FACT_WORDS, filter.words))
    return rows
