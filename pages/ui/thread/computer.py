"""The computer: the rows behind a thread, live."""

import json
from uuid import UUID

import streamlit as st

from burn_core.explore.frames import runs_frame
from burn_core.facts import FactRecord, list_facts, select_facts
from burn_core.room.transcript import (
    AgentStatus,
    Message,
    list_agent_statuses,
    list_messages,
    list_runs,
    select_agent_statuses,
    select_messages,
    select_runs,
)
from burn_core.runs.record import RunRecord
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.markdown import escape
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.rows import Mark, Row, draw_rows, write_rows
from pages.ui.shared.visitor import get_viewer, reading_thread

_FACTS = 200
_EVENTS = 50
_AGENT_RUNS = 10
_RUN_COLUMNS = {
    "agent": st.column_config.TextColumn(width=60),
    "status": st.column_config.TextColumn(width=60),
    "reason": st.column_config.TextColumn(width=200),
    "seconds": st.column_config.NumberColumn(format="%.2f"),
}
_STATES = {
    "running": ":orange-badge[thinking]",
    "failed": ":red-badge[failed]",
    "due": ":blue-badge[about to read]",
    "asleep": ":gray-badge[asleep]",
}


def draw_computer(thread_id: UUID) -> None:
    """On a narrow screen it is folded up until its switch is on (style.css)."""
    with st.container(key="computer"):
        st.toggle("Computer: the rows behind the chat", key="unfolded", on_change="ignore")
        with st.container(key="panels"):
            facts = cached_statement(select_facts, thread_id, _FACTS)
            with panel(f"**Memory** · {_link_table('facts', thread_id)}", "Memory", facts):
                _draw_memory(thread_id)
            events = cached_statement(select_messages, thread_id, _EVENTS)
            with panel(f"**Context** · {_link_table('events', thread_id)}", "Context", events):
                _draw_context(thread_id)
            now = cached_statement(select_agent_statuses, thread_id)
            runs = cached_statement(select_runs, thread_id, _AGENT_RUNS)
            with panel("**Processes** · runs", "Processes", now, runs):
                _draw_processes(thread_id)


def _link_table(table: str, thread_id: UUID) -> str:
    """The table's name. For members, it links to the page that shows the whole table."""
    is_member = get_viewer(thread_id).member is not None
    return f"[{table}](/{table}?thread={thread_id})" if is_member else table


@st.fragment(key="memory")
def _draw_memory(thread_id: UUID) -> None:
    get_viewer(thread_id)
    topics = [f"facts:{thread_id}"]
    revision = read_revision(*topics)
    draw_rows("facts", _load_facts(thread_id, revision))
    follow("memory", topics, revision)


@st.fragment(key="context")
def _draw_context(thread_id: UUID) -> None:
    get_viewer(thread_id)
    topics = [f"events:{thread_id}"]
    revision = read_revision(*topics)
    draw_rows("events", _load_events(thread_id, revision))
    follow("context", topics, revision)


@st.fragment(key="processes")
def _draw_processes(thread_id: UUID) -> None:
    get_viewer(thread_id)
    topics = [f"runs:{thread_id}", f"memberships:{thread_id}"]
    revision = read_revision(*topics)
    agents, runs = _load_processes(thread_id, revision)
    st.markdown("  \n".join(map(_describe_agent, agents)) or "This thread has no agents.")
    st.dataframe(
        runs_frame(runs),
        hide_index=True,
        height=200,
        column_config=_RUN_COLUMNS,
        alt="The agents' last runs, newest first",
    )
    follow("processes", topics, revision)


def _make_fact_row(fact: FactRecord) -> Row:
    return {
        "key": f"{fact.id} {fact.updated_at}",
        "cells": [fact.subject, fact.predicate, fact.object],
        "mark": _make_mark(fact),
    }


def _make_mark(fact: FactRecord) -> Mark:
    confidence = float(fact.confidence)
    level = "high" if confidence >= 0.8 else "middle" if confidence >= 0.5 else "low"
    title = f"confidence {confidence}"
    return {"level": level, "title": title + (", disputed" if fact.disputed else "")}


def _make_event_row(message: Message) -> Row:
    event = message.event
    more = event.data.get("name") or event.data.get("action") or ""
    return {
        "key": str(event.seq),
        "cells": [str(event.seq), message.author.name, f"{event.type} {more}"],
        "detail": json.dumps(event.data, ensure_ascii=False, indent=2),
    }


def _describe_agent(agent: AgentStatus) -> str:
    run = agent.last_run
    status = "" if run is None else run.status
    state = status if status in _STATES else "due" if agent.is_due else "asleep"
    why = "" if run is None else run.error or run.reason
    return f"**{escape(agent.name)}** {_STATES[state]} {escape(why)}"


# A revision's tables are the same for all viewers, so they are read once.


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_facts(thread_id: UUID, revision: int) -> str:
    with reading_thread(thread_id) as session:
        rows = [_make_fact_row(fact) for fact in list_facts(session, thread_id, _FACTS)]
    return write_rows(
        "Filter by subject, predicate, object", "No facts yet.", rows, has_filter=True
    )


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_events(thread_id: UUID, revision: int) -> str:
    with reading_thread(thread_id) as session:
        messages = list_messages(session, thread_id, _EVENTS)
    rows = [_make_event_row(message) for message in reversed(messages)]
    return write_rows("Filter by type, author, data", "No events yet.", rows, has_filter=True)


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_processes(thread_id: UUID, revision: int) -> tuple[list[AgentStatus], list[RunRecord]]:
    with reading_thread(thread_id) as session:
        return list_agent_statuses(session, thread_id), list_runs(session, thread_id, _AGENT_RUNS)
