"""The computer: the rows that the thread is made of, live."""

from uuid import UUID

import streamlit as st

from burn_core.chat import list_messages, list_runs
from burn_core.frames import events_frame, facts_frame, runs_frame
from burn_core.memory import list_facts
from db.connection import begin
from pages.ui.live import follow, read_revision
from pages.ui.resources import get_engine

_ROWS = 100
_HEIGHT = 240
# Widths in pixels: those that Streamlit finds by itself are for the first rows it sees.
_FACT_COLUMNS = {
    "subject": st.column_config.TextColumn(width=70),
    "predicate": st.column_config.TextColumn(width=110),
    "object": st.column_config.TextColumn(width=150),
}
_EVENT_COLUMNS = {
    "seq": st.column_config.NumberColumn(width=50),
    "type": st.column_config.TextColumn(width=75),
    "by": st.column_config.TextColumn(width=70),
    "data": st.column_config.JsonColumn(width=400),
}
_RUN_COLUMNS = {
    "agent": st.column_config.TextColumn(width=60),
    "status": st.column_config.TextColumn(width=60),
    "reason": st.column_config.TextColumn(width=200),
    "seconds": st.column_config.NumberColumn(format="%.2f"),
}


def draw_computer(thread_id: UUID) -> None:
    with st.container(key="computer"):
        _draw_memory(thread_id)
        _draw_context(thread_id)
        _draw_processes(thread_id)


@st.fragment(key="memory")
def _draw_memory(thread_id: UUID) -> None:
    revision = read_revision()
    with begin(get_engine()) as session:
        facts = list_facts(session, thread_id, _ROWS)
    st.markdown("**Memory** · facts")
    st.dataframe(
        facts_frame(facts),
        hide_index=True,
        height=_HEIGHT,
        column_config=_FACT_COLUMNS,
        alt="Facts, newest first",
    )
    follow("memory", [f"facts:{thread_id}", f"memberships:{thread_id}"], revision)


@st.fragment(key="context")
def _draw_context(thread_id: UUID) -> None:
    revision = read_revision()
    with begin(get_engine()) as session:
        messages = list_messages(session, thread_id, _ROWS)
    st.markdown("**Context** · events")
    st.dataframe(
        events_frame(messages),
        hide_index=True,
        height=_HEIGHT,
        column_config=_EVENT_COLUMNS,
        alt="Events, newest first. Open a cell of the column data to see all of it",
    )
    follow("context", [f"events:{thread_id}"], revision)


@st.fragment(key="processes")
def _draw_processes(thread_id: UUID) -> None:
    revision = read_revision()
    with begin(get_engine()) as session:
        runs = list_runs(session, thread_id, _ROWS)
    st.markdown("**Processes** · runs")
    st.dataframe(
        runs_frame(runs),
        hide_index=True,
        height=_HEIGHT,
        column_config=_RUN_COLUMNS,
        alt="Runs of the agents, newest first",
    )
    follow("processes", [f"runs:{thread_id}"], revision)
