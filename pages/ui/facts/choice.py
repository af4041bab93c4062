"""Which facts the page shows: what its address says."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

import streamlit as st

from burn_core.explore.facts import FactFilter, FactSort
from burn_core.room.access import read_key
from burn_core.room.threads import list_threads
from db.connection import begin
from pages.ui.shared import address
from pages.ui.shared.resources import get_engine
from pages.ui.shared.visitor import get_visitor

VIEWS = ("Table", "Charts", "Graph")
_DISPUTED = {"yes": True, "no": False}
# A tab follows at most 500 topics, and the list of threads on the left takes two for each.
_MOST_FOLLOWED = 150


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address asks for."""

    filter: FactFilter
    sort: FactSort
    is_descending: bool
    after_id: UUID | None  # the fact that the page follows
    fact_id: UUID | None  # the fact whose path is shown
    view: str


def read_choice() -> Choice:
    sort, view = address.read_text("sort"), address.read_text("view").capitalize()
    disputed = {_DISPUTED[text] for text in _read_known("disputed", _DISPUTED)}
    least, most = sorted((_read_confidence("least", 0), _read_confidence("most", 1)))
    filter = FactFilter(
        thread_ids=address.read_ids("thread"),
        subject_ids=address.read_ids("subject"),
        categories=address.read_texts("category"),
        predicates=address.read_texts("predicate"),
        confidence=(least, most),
        disputed=disputed.pop() if len(disputed) == 1 else None,
        words=address.read_text("words"),
    )
    return Choice(
        filter,
        FactSort(sort) if sort in set(FactSort) else FactSort.TIME,
        address.read_text("order") != "ascending",
        read_key(address.read_text("after")),
        read_key(address.read_text("fact")),
        view if view in VIEWS else VIEWS[0],
    )


def get_choice(user_id: UUID, drawn: Choice) -> Choice:
    """What was drawn. Starts the page again if the address asks for something else by now, or
    somebody else does: what a click changed is for the whole page, of which just a fragment runs
    where news comes in the same moment.
    """
    if get_visitor().id != user_id or read_choice() != drawn:
        st.rerun()
    return drawn


def _read_known(name: str, known: Iterable[str]) -> list[str]:
    return [text for text in address.read_texts(name) if text in known]


def _read_confidence(name: str, default: int) -> Decimal:
    confidence = _find_confidence(address.read_text(name))
    return Decimal(default) if confidence is None else confidence


def _find_confidence(text: str) -> Decimal | None:
    try:
        confidence = Decimal(text)
    except InvalidOperation:
        return None
    return round(confidence, 2) if confidence.is_finite() and 0 <= confidence <= 1 else None


def list_misread(choice: Choice) -> list[str]:
    """The names in the address with a value that makes no sense, and that counts for nothing."""
    understood = {
        "thread": len(choice.filter.thread_ids),
        "subject": len(choice.filter.subject_ids),
        "disputed": len(_read_known("disputed", _DISPUTED)),
        "least": _find_confidence(address.read_text("least")) is not None,
        "most": _find_confidence(address.read_text("most")) is not None,
        "sort": address.read_text("sort") in set(FactSort),
        "order": address.read_text("order") in ("ascending", "descending"),
        "after": choice.after_id is not None,
        "fact": choice.fact_id is not None,
        "view": address.read_text("view").capitalize() in VIEWS,
    }
    return [name for name, count in understood.items() if count < len(address.read_texts(name))]


def choose(**values: Iterable[object]) -> None:
    """Other facts, or another order of them, begin with their first page. For callbacks."""
    address.write(**values, after=[])


def list_topics(user_id: UUID, filter: FactFilter) -> list[str]:
    """What changes the facts that the person sees, those of the newest threads first."""
    with begin(get_engine()) as session:
        ids = [thread.id for thread in list_threads(session, user_id)]
    shown = [id for id in ids if id in filter.thread_ids or not filter.thread_ids]
    return [f"users:{user_id}", *(f"facts:{id}" for id in shown[:_MOST_FOLLOWED])]
