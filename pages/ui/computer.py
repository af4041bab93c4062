"""The computer: the rows that the thread is made of, live."""

from uuid import UUID

import pandas as pd
import streamlit as st

from burn_core.chat import list_messages, list_runs
from burn_core.frames import events_frame, facts_frame, runs_frame
from burn_core.memory import list_facts
from db.connection import begin
from pages.ui.live import follow, read_revision
from pages.ui.resources import get_engine
from pages.ui.visitor import get_member

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
    get_member(thread_id)
    topics = [f"facts:{thread_id}", f"memberships:{thread_id}"]
    revision = read_revision(*topics)
    st.markdown("**Memory** · facts")
    st.dataframe(
        _load_facts(thread_id, revision),
        hide_index=True,
        height=_HEIGHT,
        column_config=_FACT_COLUMNS,
        alt="Facts, newest first",
    )
    follow("memory", topics, revision)


@st.fragment(key="context")
def _draw_context(thread_id: UUID) -> None:
    get_member(thread_id)
    topics = [f"events:{thread_id}"]
    revision = read_revision(*topics)
    st.markdown("**Context** · events")
    st.dataframe(
        _load_events(thread_id, revision),
        hide_index=True,
        height=_HEIGHT,
        column_config=_EVENT_COLUMNS,
        alt="Events, newest first. Open a cell of the column data to see all of it",
    )
    follow("context", topics, revision)


@st.fragment(key="processes")
def _draw_processes(thread_id: UUID) -> None:
    get_member(thread_id)
    topics = [f"runs:{thread_id}"]
    revision = read_revision(*topics)
    st.markdown("**Processes** · runs")
    st.dataframe(
        _load_runs(thread_id, revision),
        hide_index=True,
        height=_HEIGHT,
        column_config=_RUN_COLUMNS,
        alt="Runs of the agents, newest first",
    )
    follow("processes", topics, revision)


# The tables are the same for everybody who looks at one revision: they are read once for all.


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_facts(thread_id: UUID, revision: int) -> pd.DataFrame:
    with begin(get_engine()) as session:
        return facts_frame(list_facts(session, thread_id, _ROWS))


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_events(thread_id: UUID, revision: int) -> pd.DataFrame:
    with begin(get_engine()) as session:
        return events_frame(list_messages(session, thread_id, _ROWS))


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_runs(thread_id: UUID, revision: int) -> pd.DataFrame:
    with begin(get_engine()) as session:
        return runs_frame(list_runs(session, thread_id, _ROWS))
