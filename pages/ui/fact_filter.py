"""Which facts the page shows: read from its address, and chosen at its top."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st
from sqlalchemy.orm import Session

from burn_core.audience import read_key
from burn_core.tables.facts import FactFacet, FactFilter, FactSort, select_facet, select_values
from burn_core.tables.search import MOST_VALUES, FacetCount, list_facet
from burn_core.threads import Thread, list_threads
from db.connection import begin
from pages.ui import address
from pages.ui.live import follow, read_revision
from pages.ui.resources import get_engine
from pages.ui.show_sql import draw_sql
from pages.ui.visitor import get_visitor

VIEWS = ("Table", "Charts", "Graph")
_TITLES = {
    FactFacet.THREAD: "Thread",
    FactFacet.SUBJECT: "Subject",
    FactFacet.CATEGORY: "Category",
    FactFacet.PREDICATE: "Predicate",
    FactFacet.DISPUTED: "Disputed",
}
_DISPUTED = {"yes": True, "no": False}
_UNSEEN = "nothing that you can see"
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
    filter = FactFilter(
        thread_ids=address.read_ids("thread"),
        subject_ids=address.read_ids("subject"),
        categories=address.read_texts("category"),
        predicates=address.read_texts("predicate"),
        confidence=(_read_confidence("least", 0), _read_confidence("most", 1)),
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
    ids = [thread.id for thread in _list_threads(user_id)]
    shown = [id for id in ids if id in filter.thread_ids or not filter.thread_ids]
    return [f"users:{user_id}", *(f"facts:{id}" for id in shown[:_MOST_FOLLOWED])]


def draw_filter(user_id: UUID, choice: Choice) -> None:
    if misread := list_misread(choice):
        st.warning(
            "Something in this page's address makes no sense and is left out: "
            f"{', '.join(misread)}.",
            icon=":material/link_off:",
        )
    # On a narrow screen they are folded away until they are asked for (style.css).
    with st.container(key="filter"):
        st.toggle("Filter", key="filter-unfolded", on_change="ignore")
        with st.container(key="filter-fields"):
            _draw_facets(user_id, choice)
            with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
                _draw_words(choice.filter.words)
                _draw_confidence(choice.filter)
                facets = [select_facet(user_id, choice.filter, facet) for facet in FactFacet]
                draw_sql("Counts of the filters", *facets)


def draw_views(choice: Choice) -> Sequence[Any]:
    address.set_widget("facts-view", choice.view)
    return st.tabs(VIEWS, key="facts-view", on_change=_take_view)


def _take_view() -> None:
    view = st.session_state["facts-view"]
    address.write(view=[] if view == VIEWS[0] else [view.lower()])


def _draw_words(words: str) -> None:
    address.set_widget("facts-words", words)
    st.text_input(
        "Words",
        key="facts-words",
        icon=":material/search:",
        placeholder="Beginnings of words in predicate and object",
        max_chars=address.LONGEST_TEXT,
        on_change=_take_words,
        width=340,
    )


def _take_words() -> None:
    words = st.session_state["facts-words"].strip()
    choose(words=[words] if words else [])


def _draw_confidence(filter: FactFilter) -> None:
    least, most = sorted(map(float, filter.confidence))
    address.set_widget("facts-confidence", (least, most))
    st.slider(
        "Confidence",
        0.0,
        1.0,
        step=0.1,
        format="%.1f",
        key="facts-confidence",
        on_change=_take_confidence,
        width=220,
    )


def _take_confidence() -> None:
    least, most = st.session_state["facts-confidence"]
    choose(least=[f"{least:.1f}"] if least > 0 else [], most=[f"{most:.1f}"] if most < 1 else [])


@st.fragment(key="facts-facets")
def _draw_facets(user_id: UUID, drawn: Choice) -> None:
    choice = get_choice(user_id, drawn)
    topics = list_topics(user_id, choice.filter)
    revision = read_revision(*topics)
    for column, facet in zip(st.columns(len(FactFacet)), FactFacet, strict=True):
        with column:
            _draw_facet(user_id, choice.filter, facet)
    follow("facts-facets", topics, revision, wait_ms=2_000)


def _draw_facet(user_id: UUID, filter: FactFilter, facet: FactFacet) -> None:
    chosen = _list_chosen(filter, facet)
    options = _list_options(user_id, filter, facet, chosen)
    address.draw_choice(
        _TITLES[facet],
        f"facts-{facet}",
        options,
        [_write_value(value) for value in chosen],
        partial(_take_facet, facet),
    )
    if len(options) >= MOST_VALUES:
        st.caption(f"The {MOST_VALUES} with the most facts.")


def _list_chosen(filter: FactFilter, facet: FactFacet) -> tuple[Any, ...]:
    return {
        FactFacet.THREAD: filter.thread_ids,
        FactFacet.SUBJECT: filter.subject_ids,
        FactFacet.CATEGORY: filter.categories,
        FactFacet.PREDICATE: filter.predicates,
        FactFacet.DISPUTED: () if filter.disputed is None else (filter.disputed,),
    }[facet]


def _list_options(
    user_id: UUID, filter: FactFilter, facet: FactFacet, chosen: Sequence[Any]
) -> dict[str, str]:
    """What there is, with how many facts have it, and what is chosen even where none has it."""
    with begin(get_engine()) as session:
        counts = list_facet(session, select_facet(user_id, filter, facet))
        missing = [value for value in chosen if value not in {count.value for count in counts}]
        names = _find_names(session, user_id, facet, missing) if missing else {}
    counts += [FacetCount(value, names.get(value, _name(value)), 0) for value in missing]
    labels = [count.label for count in counts]
    return {
        _write_value(count.value): _describe(count, labels.count(count.label) > 1)
        + ("" if count.value in chosen else f" · {count.rows:,}")
        for count in counts
        if count.value != ""
    }


def _find_names(
    session: Session, user_id: UUID, facet: FactFacet, ids: Sequence[Any]
) -> dict[Any, str]:
    """The names of those of the threads or people that the person sees anything of."""
    if facet == FactFacet.THREAD:
        return {thread.id: thread.name for thread in list_threads(session, user_id)}
    if facet == FactFacet.SUBJECT:
        known = select_values(user_id, FactFilter(subject_ids=tuple(ids)), facet)
        return {count.value: count.label for count in list_facet(session, known)}
    return {}


def _name(value: Any) -> str:
    return _UNSEEN if isinstance(value, UUID) else str(value)


def _describe(count: FacetCount, is_ambiguous: bool) -> str:
    words = _write_value(count.value) if isinstance(count.value, bool) else count.label
    more = f" ({str(count.value)[:8]})" if is_ambiguous else ""
    return f"{words}{more}"


def _write_value(value: Any) -> str:
    """The value as the address has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _take_facet(facet: FactFacet, chosen: list[str]) -> None:
    choose(**{facet: chosen})


def _list_threads(user_id: UUID) -> list[Thread]:
    with begin(get_engine()) as session:
        return list_threads(session, user_id)
