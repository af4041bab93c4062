"""The widgets of the filters of the page of facts, which say how many facts one would find."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st
from sqlalchemy.orm import Session

from burn_core.explore.facts import FactFacet, FactFilter, select_facet, select_values
from burn_core.explore.search import MOST_VALUES, FacetCount, list_facet
from burn_core.room.threads import list_threads
from db.connection import begin
from pages.ui.facts.choice import Choice, choose, get_choice, list_misread, list_topics
from pages.ui.shared import address
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.resources import get_engine

_TITLES = {
    FactFacet.THREAD: "Thread",
    FactFacet.SUBJECT: "Subject",
    FactFacet.CATEGORY: "Category",
    FactFacet.PREDICATE: "Predicate",
    FactFacet.DISPUTED: "Disputed",
}
_UNSEEN = "nothing that you can see"


def draw_filter(user_id: UUID, choice: Choice) -> None:
    if misread := list_misread(choice):
        st.warning(
            "Something in this page's address makes no sense and is left out: "
            f"{', '.join(misread)}.",
            icon=":material/link_off:",
        )
    # On a narrow screen they are folded away until they are asked for (style.css).
    with st.container(key="filter"):
        st.toggle("Filter: choose which facts", key="filter-unfolded", on_change="ignore")
        with st.container(key="filter-fields"):
            _draw_fields(user_id, choice)


def _draw_fields(user_id: UUID, choice: Choice) -> None:
    facets = (cached_statement(select_facet, user_id, choice.filter, facet) for facet in FactFacet)
    with panel("**Filter** · counts", "Counts", *facets):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            _draw_words(choice.filter.words)
            _draw_confidence(choice.filter)
        address.mark_full_run()
        _draw_facets(user_id, choice)


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
    least, most = map(float, filter.confidence)
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
    is_full_run = address.is_full_run()
    for column, facet in zip(st.columns(len(FactFacet)), FactFacet, strict=True):
        with column:
            _draw_facet(user_id, choice.filter, facet, is_full_run)
    follow("facts-facets", topics, revision, wait_ms=2_000)


def _draw_facet(user_id: UUID, filter: FactFilter, facet: FactFacet, is_full_run: bool) -> None:
    chosen = _list_chosen(filter, facet)
    options = _list_options(user_id, filter, facet, chosen)
    address.draw_choice(
        _TITLES[facet],
        f"facts-{facet}",
        options,
        [_write_value(value) for value in chosen],
        partial(_take_facet, facet),
        is_full_run=is_full_run,
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
