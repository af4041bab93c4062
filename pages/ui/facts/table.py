"""The table of facts: a page at a time in any order, live. One row can be chosen."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from burn_core.explore.facts import FACTS, FactSort, find_fact, get_place, list_facts, select_facts
from burn_core.explore.frames import facts_frame
from burn_core.explore.search import Place, count_rows
from burn_core.facts import FactRecord
from db.connection import begin
from pages.ui.facts.choice import FactChoice
from pages.ui.shared import address
from pages.ui.shared.browse import choose, draw_count, draw_pager, find_place
from pages.ui.shared.database import get_engine
from pages.ui.shared.download import draw_downloads
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import cached_statement, draw_sql

_WIDTHS = {"subject": 80, "predicate": 105, "object": 155, "category": 80, "thread": 150}
_COLUMNS = {name: st.column_config.TextColumn(width=width) for name, width in _WIDTHS.items()} | {
    "confidence": st.column_config.NumberColumn(format="%.2f", width=75),
    "disputed": st.column_config.CheckboxColumn(width=75),
}


def draw_table(choice: FactChoice) -> None:
    _draw_order(choice)
    place = find_place(choice, find_fact, partial(get_place, sort=choice.sort))
    _draw_rows(choice, place)
    with st.container(horizontal=True):
        draw_downloads("facts", _select_page(choice, None, choice.page_size))
        draw_sql("Facts", _select_page(choice, place, choice.page_size))


def _draw_order(choice: FactChoice) -> None:
    address.set_widget("facts-sort", choice.sort)
    address.set_widget("facts-ascending", not choice.is_descending)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.selectbox(
            "Sort by",
            list(FactSort),
            format_func=lambda sort: f"Sort by {sort.value}",
            key="facts-sort",
            on_change=_take_order,
            label_visibility="collapsed",
            width=200,
        )
        st.toggle("Ascending", key="facts-ascending", on_change=_take_order)


def _take_order() -> None:
    _sort(st.session_state["facts-sort"], st.session_state["facts-ascending"])


def _sort(sort: FactSort, is_ascending: bool) -> None:
    choose(
        sort=[] if sort == FactSort.TIME else [sort.value],
        order=["ascending"] if is_ascending else [],
    )


def _select_page(choice: FactChoice, place: Place | None, limit: int) -> Any:
    return cached_statement(
        select_facts,
        choice.user_id,
        choice.filter,
        choice.sort,
        is_descending=choice.is_descending,
        after=place,
        limit=limit,
    )


def _list_page(choice: FactChoice, place: Place | None) -> list[FactRecord]:
    """The page after the place, and one fact more if there are more."""
    with begin(get_engine()) as session:
        return list_facts(session, _select_page(choice, place, choice.page_size + 1))


@st.fragment(key="facts")
def _draw_rows(drawn: FactChoice, place: Place | None) -> None:
    drawn.check()
    topics = drawn.list_topics()
    revision = read_revision(*topics)
    with begin(get_engine()) as session:
        count = count_rows(session, FACTS.select_matching(drawn.user_id, drawn.filter))
    found = _list_page(drawn, place)
    facts = found[: drawn.page_size]
    draw_count(drawn, count, covering="filters, charts and graph")
    _draw_frame(facts, drawn)
    first = get_place(facts[0], drawn.sort) if facts else None
    draw_pager(drawn, facts, first, _list_page, has_more=len(found) > len(facts))
    follow("facts", topics, revision, wait_ms=500)


def _draw_frame(facts: Sequence[FactRecord], choice: FactChoice) -> None:
    ids = [fact.id for fact in facts]
    chosen = [ids.index(choice.fact_id)] if choice.fact_id in ids else []
    # Another order makes it a new table, in which no column's header is chosen.
    key = f"facts-{choice.sort}-{choice.is_descending}"
    address.set_widget(key, {"selection": {"rows": chosen, "columns": [], "cells": []}})
    st.dataframe(
        facts_frame(facts),
        key=key,
        height="content",
        hide_index=True,
        column_config=_COLUMNS | {"time": _make_time_column()},
        on_select=partial(_take_selection, key, ids),
        selection_mode=["single-row", "single-column"],
        alt="The facts that match: choose a row to see how it came about",
    )


def _make_time_column() -> ColumnConfig:
    return st.column_config.DatetimeColumn(
        format="YYYY-MM-DD HH:mm", timezone=str(address.get_zone()), width=125
    )


def _take_selection(key: str, ids: Sequence[UUID]) -> None:
    """Show the chosen row. A column's header sorts by the column, or reverses its order."""
    selection = st.session_state[key]["selection"]
    if not selection["columns"]:
        address.write(fact=[ids[row] for row in selection["rows"]])
        return
    choice, sort = FactChoice.read(), FactSort(selection["columns"][0])
    _sort(sort, is_ascending=sort == choice.sort and choice.is_descending)
