"""Which events the page shows: read from its address, and chosen at its top."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st

from burn_core.explore.events import (
    EventFacet,
    EventFilter,
    find_names,
    select_facet,
    select_matching,
)
from burn_core.explore.search import FacetCount, list_facet, select_count
from db.connection import begin
from pages.ui.events.choice import ORDERS, Choice, list_misread, list_topics, read_choice
from pages.ui.shared import address
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.resources import get_engine

_TITLES = {
    EventFacet.THREAD: "Thread",
    EventFacet.TYPE: "Type",
    EventFacet.AUTHOR: "Author",
    EventFacet.TOOL: "Tool",
}


def draw_filter(user_id: UUID, choice: Choice) -> None:
    if misread := list_misread(choice):
        st.warning(
            f"Something in this page's address makes no sense and is left out: {', '.join(misread)}.",
            icon=":material/link_off:",
        )
    # On a narrow screen it is folded away until it is asked for (style.css).
    with st.container(key="filter"):
        st.toggle("Filter: choose which events", key="filter-unfolded", on_change="ignore")
        with st.container(key="filter-fields"):
            _draw_fields(user_id, choice)


def _draw_fields(user_id: UUID, choice: Choice) -> None:
    count = cached_statement(
        select_count, cached_statement(select_matching, user_id, choice.filter)
    )
    facets = (cached_statement(select_facet, user_id, choice.filter, facet) for facet in EventFacet)
    with panel("**Filter** · counts", "Counts", count, *facets):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _draw_words(choice.filter.words)
            _draw_times(choice.filter)
            _draw_order(choice.is_descending)
        address.mark_full_run()
        _draw_facets(user_id, choice)


def _draw_words(words: str) -> None:
    address.set_widget("events-words", words)
    st.text_input(
        "Words",
        key="events-words",
        icon=":material/search:",
        placeholder="Beginnings of words in the data",
        max_chars=address.LONGEST_TEXT,
        on_change=_take_words,
        width=300,
    )


def _take_words() -> None:
    words = st.session_state["events-words"].strip()
    _choose(words=[words] if words else [])


def _draw_times(filter: EventFilter) -> None:
    for name, label, time in (("since", "From", filter.since), ("until", "Before", filter.until)):
        key = f"events-{name}"
        local = None if time is None else time.astimezone(address.get_zone()).replace(tzinfo=None)
        address.set_widget(key, local)
        st.datetime_input(
            label,
            None,
            min_value=address.EARLIEST,
            max_value=address.LATEST,
            key=key,
            format="YYYY-MM-DD",
            step=60,
            on_change=_take_time,
            args=[name],
            width=200,
        )


def _take_time(name: str) -> None:
    local = st.session_state[f"events-{name}"]
    time = [] if local is None else [address.write_time(local.replace(tzinfo=address.get_zone()))]
    _choose(**{name: time})


def _draw_order(is_descending: bool) -> None:
    address.set_widget("events-order", "newest" if is_descending else "oldest")
    st.selectbox(
        "Order",
        list(ORDERS),
        format_func=ORDERS.__getitem__,
        key="events-order",
        filter_mode=None,
        on_change=_take_order,
        width=160,
    )


def _take_order() -> None:
    order = st.session_state["events-order"]
    _choose(order=["oldest"] if order == "oldest" else [])


@st.fragment(key="facets")
def _draw_facets(user_id: UUID, drawn: Choice) -> None:
    choice = read_choice()
    if choice != drawn:
        st.rerun()
    topics = list_topics(user_id, choice.filter)
    revision = read_revision(*topics)
    is_full_run = address.is_full_run()
    for column, facet in zip(st.columns(len(EventFacet)), EventFacet, strict=True):
        chosen = _list_chosen(choice.filter, facet)
        with column:
            address.draw_choice(
                _TITLES[facet],
                f"events-{facet}",
                _list_options(user_id, choice.filter, facet, chosen),
                [str(value) for value in chosen],
                partial(_take_facet, facet),
                is_full_run=is_full_run,
            )
    follow("facets", topics, revision, wait_ms=2_000)


def _list_chosen(filter: EventFilter, facet: EventFacet) -> tuple[Any, ...]:
    return {
        EventFacet.THREAD: filter.thread_ids,
        EventFacet.TYPE: filter.types,
        EventFacet.AUTHOR: filter.author_ids,
        EventFacet.TOOL: filter.tools,
    }[facet]


def _list_options(
    user_id: UUID, filter: EventFilter, facet: EventFacet, chosen: Sequence[Any]
) -> dict[str, str]:
    """What there is, with how many events have it, and what is chosen even where none has it."""
    with begin(get_engine()) as session:
        counts = list_facet(session, select_facet(user_id, filter, facet))
        counted = {count.value for count in counts}
        missing = [value for value in chosen if value not in counted]
        names = find_names(session, user_id, facet, missing)
    counts += [FacetCount(value, names.get(value, _name(value)), 0) for value in missing]
    labels = _make_distinct(counts)
    return {
        str(count.value): label if count.value in chosen else f"{label} · {count.rows:,}"
        for count, label in zip(counts, labels, strict=True)
    }


def _name(value: Any) -> str:
    return "nothing that you can see" if isinstance(value, UUID) else str(value)


def _make_distinct(counts: Sequence[FacetCount]) -> list[str]:
    """Their labels, with the beginning of the value where several have the same."""
    labels = [count.label for count in counts]
    return [
        f"{count.label} ({str(count.value)[:8]})" if labels.count(count.label) > 1 else count.label
        for count in counts
    ]


def _take_facet(facet: EventFacet, chosen: list[str]) -> None:
    _choose(**{facet: chosen})


def _choose(**values: Iterable[object]) -> None:
    """Other events begin with their first page."""
    address.write(**values, after=[])
