"""The table of facts: a page at a time in any order, live, one of whose rows can be chosen."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from burn_core.explore.facts import (
    FactSort,
    FoundFact,
    find_fact,
    get_place,
    list_facts,
    select_facts,
    select_matching,
)
from burn_core.explore.frames import facts_frame
from burn_core.explore.search import COUNTED, Count, Place, Statement, count_rows, select_count
from db.connection import begin
from pages.ui.facts.choice import Choice, choose, get_choice, list_topics, read_choice
from pages.ui.shared import address
from pages.ui.shared.download import draw_downloads
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.panel import draw_sql
from pages.ui.shared.resources import get_engine

_PAGE = 20
_WIDTHS = {"subject": 80, "predicate": 105, "object": 155, "category": 80, "thread": 150}
_COLUMNS = {name: st.column_config.TextColumn(width=width) for name, width in _WIDTHS.items()} | {
    "confidence": st.column_config.NumberColumn(format="%.2f", width=75),
    "disputed": st.column_config.CheckboxColumn(width=75),
}


def draw_table(user_id: UUID, choice: Choice) -> None:
    _draw_order(choice)
    place = _find_place(user_id, choice)
    _draw_rows(user_id, choice, place)
    counted = select_count(select_matching(user_id, choice.filter))
    with st.container(horizontal=True):
        draw_downloads("facts", _select_page(user_id, choice, None, _PAGE))
        draw_sql("Facts", _select_page(user_id, choice, place, _PAGE), counted)


def _draw_order(choice: Choice) -> None:
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


@st.fragment(key="facts")
def _draw_rows(user_id: UUID, drawn: Choice, place: Place | None) -> None:
    choice = get_choice(user_id, drawn)
    topics = list_topics(user_id, choice.filter)
    revision = read_revision(*topics)
    with begin(get_engine()) as session:
        facts = list_facts(session, _select_page(user_id, choice, place, _PAGE + 1))
        count = count_rows(session, select_matching(user_id, choice.filter))
    _draw_count(count)
    _draw_page(facts[:_PAGE], choice)
    _draw_steps(user_id, choice, facts, place)
    follow("facts", topics, revision, wait_ms=500)


def _find_place(user_id: UUID, choice: Choice) -> Place | None:
    """Where the page begins, if not with the first fact."""
    if choice.after_id is None:
        return None
    with begin(get_engine()) as session:
        fact = find_fact(session, user_id, choice.after_id)
    if fact is None:
        st.warning(
            "This link leads to a page of facts that begins after one that is gone, or that you "
            "can't see. Here is the first page.",
            icon=":material/link_off:",
        )
    return None if fact is None else get_place(fact, choice.sort)


def _select_page(user_id: UUID, choice: Choice, place: Place | None, limit: int) -> Statement:
    return select_facts(
        user_id,
        choice.filter,
        choice.sort,
        is_descending=choice.is_descending,
        after=place,
        limit=limit,
    )


def _draw_count(count: Count) -> None:
    st.markdown(f"**{count}** {'fact matches' if count.rows == 1 else 'facts match'}")
    if count.rows > COUNTED:
        st.caption(
            f"Beyond {COUNTED:,} nobody counts: the numbers of the filters, the charts and the "
            f"graph look at the newest {COUNTED:,} facts that match. The table has them all."
        )


def _draw_page(facts: Sequence[FoundFact], choice: Choice) -> None:
    ids = [fact.id for fact in facts]
    chosen = [ids.index(choice.fact_id)] if choice.fact_id in ids else []
    # Sorted anew it is a new table, in which no column's head is chosen.
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
        alt="The facts that match: choose a row to see where it came from",
    )


def _make_time_column() -> ColumnConfig:
    return st.column_config.DatetimeColumn(
        format="YYYY-MM-DD HH:mm", timezone=str(address.get_zone()), width=125
    )


def _take_selection(key: str, ids: Sequence[UUID]) -> None:
    """A row, or the head of a column: that sorts by it, and the other way when it already is."""
    selection = st.session_state[key]["selection"]
    if not selection["columns"]:
        address.write(fact=[ids[row] for row in selection["rows"]])
        return
    choice, sort = read_choice(), FactSort(selection["columns"][0])
    _sort(sort, is_ascending=sort == choice.sort and choice.is_descending)


def _draw_steps(
    user_id: UUID, choice: Choice, facts: Sequence[FoundFact], place: Place | None
) -> None:
    with st.container(horizontal=True):
        st.button(
            "Back",
            key="facts-back",
            icon=":material/chevron_left:",
            disabled=place is None,
            on_click=_go_back,
            args=[user_id, choice, facts[0] if facts else None],
        )
        st.button(
            "Next",
            key="facts-next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=len(facts) <= _PAGE,
            on_click=_go_on,
            args=[facts[_PAGE - 1].id if len(facts) > _PAGE else None],
        )


def _go_on(last_id: UUID | None) -> None:
    address.write(after=[] if last_id is None else [last_id])


def _go_back(user_id: UUID, choice: Choice, first: FoundFact | None) -> None:
    """To the page that ends before the first fact of this one."""
    if first is None:
        address.write(after=[])
        return
    before = select_facts(
        user_id,
        choice.filter,
        choice.sort,
        is_descending=not choice.is_descending,
        after=get_place(first, choice.sort),
        limit=_PAGE + 1,
    )
    with begin(get_engine()) as session:
        facts = list_facts(session, before)
    address.write(after=[facts[_PAGE].id] if len(facts) > _PAGE else [])
