"""The filter of a page on which people browse a table: words, facets, and the page's own fields."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import streamlit as st

from burn_core.explore.search import MOST_VALUES, Facet, FacetCount, list_values, select_count
from db.connection import begin
from pages.ui.shared import address
from pages.ui.shared.browse import Choice, choose
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.topics import draw_limit, list_topics

_FULL_RUN = "filter_full_run"  # whether the whole page is running, and not just the facets
_COUNT = re.compile(r" · [\d,]+$")


def draw_filter(choice: Choice, draw_more: Callable[[], None]) -> None:
    """draw_more draws the fields that only this page has."""
    _draw_misread(choice)
    name = choice.table.name
    # On a narrow screen the fields are folded away until somebody asks for them (style.css).
    with st.container(key="filter"):
        st.toggle(f"Filter: choose which {name}", key="filter-unfolded", on_change="ignore")
        with (
            st.container(key="filter-fields"),
            panel("**Filter** · counts", "Counts", *_list_statements(choice)),
        ):
            with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
                _draw_words(name, choice.filter.words)
                draw_more()
            st.session_state[_FULL_RUN] = True
            _draw_facets(choice)


def _draw_misread(choice: Choice) -> None:
    parts = {facet.name: facet.parse for facet in choice.table.facets} | choice.parts
    if misread := [name for name, parse in parts.items() if address.is_misread(name, parse)]:
        st.warning(
            f"Part of this page's address was not understood and is ignored: {', '.join(misread)}.",
            icon=":material/link_off:",
        )


def _list_statements(choice: Choice) -> list[Any]:
    table, user_id, filter = choice.table, choice.user_id, choice.filter
    matching = cached_statement(table.select_matching, user_id, filter)
    facets = [
        cached_statement(table.select_facet, user_id, filter, facet) for facet in table.facets
    ]
    return [cached_statement(select_count, matching), *facets]


def _draw_words(name: str, words: str) -> None:
    key = f"{name}-words"

    def take_words() -> None:
        typed = st.session_state[key].strip()
        if len(typed) > address.LONGEST_TEXT:
            words = f"Only the first {address.LONGEST_TEXT} of the {len(typed):,} characters count here."
            st.toast(words, icon=":material/error:")
            typed = typed[: address.LONGEST_TEXT]
        choose(words=[typed] if typed else [])

    address.set_widget(key, words)
    st.text_input(
        "Words",
        key=key,
        icon=":material/search:",
        placeholder="Search by word prefix",
        on_change=take_words,
        width=300,
    )


@st.fragment(key="facets")
def _draw_facets(drawn: Choice) -> None:
    drawn.check()
    threads = drawn.list_threads()
    topics = list_topics(drawn.user_id, **{drawn.table.name: threads})
    revision = read_revision(*topics)
    # A run of the whole page sets the facets again, which removes what is half typed in them.
    is_full_run = st.session_state.pop(_FULL_RUN, False)
    facets = drawn.table.facets
    for column, facet in zip(st.columns(len(facets)), facets, strict=True):
        with column:
            _draw_facet(drawn, facet, is_full_run)
    draw_limit(threads)
    follow("facets", topics, revision, wait_ms=2_000)


def _draw_facet(choice: Choice, facet: Facet, is_full_run: bool) -> None:
    """A choice of any of the facet's values. Each label ends with a count, which changes, except
    where the value is chosen.
    """
    key = f"{choice.table.name}-{facet.name}"
    chosen = getattr(choice.filter, facet.field)
    options = _list_options(choice, facet, chosen)

    def take_values() -> None:
        values = [find_value(text, options) for text in st.session_state[key]]
        choose(**{facet.name: [value for value in values if value is not None]})

    values = [_write_value(value) for value in chosen]
    if is_full_run:
        st.session_state[key] = values
    address.set_widget(key, values)
    st.multiselect(
        facet.name.capitalize(),
        list(options),
        format_func=lambda value: options.get(value, value),
        key=key,
        placeholder="All",
        filter_mode="contains",
        select_all=False,
        wrap=True,
        on_change=take_values,
    )
    if len(options) >= MOST_VALUES:
        st.caption(f"The {MOST_VALUES} with the most {choice.table.name}.")


def _list_options(choice: Choice, facet: Facet, chosen: Sequence[Any]) -> dict[str, str]:
    """The labels of the values that the newest matches have, and of all that are chosen."""
    table, user_id = choice.table, choice.user_id
    with begin(get_engine()) as session:
        counts = list_values(session, table.select_facet(user_id, choice.filter, facet))
        missing = set(chosen) - {count.value for count in counts}
        names = table.find_names(session, user_id, facet, missing)
    counts += [
        FacetCount(value, names.get(value, _name_unknown(value)), 0)
        for value in chosen
        if value in missing
    ]
    labels = [count.label for count in counts]
    return {
        _write_value(count.value): _describe(count, labels.count(count.label) > 1)
        + ("" if count.value in chosen else f" · {count.rows:,}")
        for count in counts
        if count.value != ""
    }


def _name_unknown(value: Any) -> str:
    return "not visible to you" if isinstance(value, UUID) else str(value)


def _describe(count: FacetCount, is_ambiguous: bool) -> str:
    """The label, with the beginning of the value where several values have the same one."""
    label = _write_value(count.value) if isinstance(count.value, bool) else count.label
    return f"{label} ({str(count.value)[:8]})" if is_ambiguous else label


def _write_value(value: Any) -> str:
    """The value as an address has it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def find_value(text: str, options: Mapping[str, str]) -> str | None:
    """The value of an option. The browser sends the label that it shows, which may have had another
    count, or none, a moment ago.
    """
    if text in options:
        return text
    values = {label: value for value, label in options.items()}
    bare = {_COUNT.sub("", label): value for value, label in options.items()}
    return values.get(text) or bare.get(_COUNT.sub("", text))
