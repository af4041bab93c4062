"""Facts to look through: filtered, sorted, and counted by their values."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from burn_core.explore.search import Facet, Filter, Place, Statement, Table, cut_page, run
from burn_core.facts import FACT_COLUMNS, FactRecord
from burn_core.room.access import read_key
from db import schema
from db.schema import FACT_WORDS

_Fact = schema.Fact


@dataclass(frozen=True, slots=True)
class FactFilter(Filter):
    """Which facts to show, of those that nobody has forgotten."""

    subject_ids: tuple[UUID, ...] = ()
    categories: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    disputed: tuple[bool, ...] = ()
    confidence: tuple[Decimal, Decimal] = (Decimal(0), Decimal(1))  # from, to, both included

    def list_conditions(self) -> list[ColumnElement[bool]]:
        least, most = self.confidence
        conditions: list[ColumnElement[bool]] = [_Fact.forgotten_at.is_(None)]
        if least > 0 or most < 1:
            conditions.append(_Fact.confidence.between(least, most))
        return conditions


THREAD = Facet("thread", "thread_ids", _Fact.thread_id, read_key, schema.Thread.name)
SUBJECT = Facet("subject", "subject_ids", _Fact.subject_id, read_key, schema.User.name)
CATEGORY = Facet("category", "categories", _Fact.category)
PREDICATE = Facet("predicate", "predicates", _Fact.predicate)
DISPUTED = Facet("disputed", "disputed", _Fact.disputed, {"yes": True, "no": False}.get)
FACTS = Table(_Fact, FACT_WORDS, (THREAD, SUBJECT, CATEGORY, PREDICATE, DISPUTED))


class FactSort(StrEnum):
    """What facts are sorted by."""

    TIME = "time"
    THREAD = "thread"
    SUBJECT = "subject"
    PREDICATE = "predicate"
    OBJECT = "object"
    CATEGORY = "category"
    CONFIDENCE = "confidence"
    DISPUTED = "disputed"


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


def select_facts(
    user_id: UUID,
    filter: FactFilter,
    sort: FactSort = FactSort.TIME,
    *,
    is_descending: bool = True,
    after: Place | None = None,
    limit: int = 100,
) -> Statement:
    """A page of the facts in the person's threads, with the columns of FactRecord."""
    return cut_page(
        _select_named(user_id, filter),
        _SORT_KEYS[sort],
        _Fact.id,
        is_descending=is_descending,
        after=after,
        limit=limit,
    )


def list_facts(session: Session, page: Statement) -> list[FactRecord]:
    """The facts of a page of select_facts."""
    return [FactRecord(*row) for row in run(session, page)]


def find_fact(session: Session, user_id: UUID, fact_id: UUID) -> FactRecord | None:
    """The fact, if it is in one of the person's threads."""
    statement = _select_named(user_id, FactFilter()).where(_Fact.id == fact_id)
    row = session.execute(statement).one_or_none()
    return None if row is None else FactRecord(*row)


def get_place(fact: FactRecord, sort: FactSort) -> Place:
    """Where the page after the fact begins."""
    value = fact.inserted_at if sort == FactSort.TIME else getattr(fact, sort)
    return Place(value, fact.id)


def _select_named(user_id: UUID, filter: FactFilter) -> Statement:
    return (
        FACTS.narrow(select(*FACT_COLUMNS), user_id, filter)
        .join(schema.Thread, schema.Thread.id == _Fact.thread_id)
        .join(schema.User, schema.User.id == _Fact.subject_id)
    )
