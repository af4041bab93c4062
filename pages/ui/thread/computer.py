"""The computer: the rows behind a thread, live."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from burn_core.facts import FactRecord, list_facts, select_facts
from burn_core.room.transcript import select_agent_statuses, select_messages, select_runs
from pages.ui.shared.base_path import add_base
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.own_fact import draw_own_fact
from pages.ui.shared.panel import cached_statement, panel
from pages.ui.shared.rows import Look, draw_stored_rows
from pages.ui.shared.scripts import UI, read_scripts
from pages.ui.shared.shared_cache import shared
from pages.ui.shared.visitor import get_viewer, reading_thread
from pages.ui.thread.tables import (
    AGENT_RUNS,
    AGENTS,
    CHAT,
    EVENTS,
    FACTS,
    MEMORY,
    list_group_topics,
    load_tables,
    make_fact_key,
)

_CACHED_BYTES = 50_000_000
_MEMORY: Look = {
    "table": "facts",
    "label": "Filter by subject, predicate, object",
    "empty": "No facts yet.",
}
_CONTEXT: Look = {
    "table": "events",
    "label": "Filter by type, author, data",
    "empty": "No events yet.",
}
_PROCESSES: Look = {
    "table": "runs",
    "label": "Filter by agent, status, reason",
    "empty": "No runs yet.",
}
_agents = st.components.v2.component(
    "burn_agents",
    html='<ul aria-label="Agents"></ul>',
    css=(UI / "thread" / "agents.css").read_text(),
    js=read_scripts("shared/store.js", "shared/follow.js", "thread/agents.js"),
)


def draw_computer(thread_id: UUID) -> None:
    """On a narrow screen it is folded up until its switch is on (style.css). A phone doesn't get it
    before then.
    """
    with st.container(key="computer"):
        is_unfolded = st.toggle("Computer: the rows behind the chat", key="unfolded")
        if _is_phone() and not is_unfolded:
            return
        with st.container(key="panels"):
            facts = cached_statement(select_facts, thread_id, FACTS)
            with panel(f"**Memory** · {_link_table('facts', thread_id)}", "Memory", facts):
                _draw_memory(thread_id)
            events = cached_statement(select_messages, thread_id, EVENTS)
            with panel(f"**Context** · {_link_table('events', thread_id)}", "Context", events):
                _draw_context(thread_id)
            now = cached_statement(select_agent_statuses, thread_id)
            runs = cached_statement(select_runs, thread_id, AGENT_RUNS)
            with panel("**Processes** · runs", "Processes", now, runs):
                _draw_processes(thread_id)


def _is_phone() -> bool:
    """As its browser says."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def _link_table(table: str, thread_id: UUID) -> str:
    """The table's name. For members, it links to the page that shows the whole table."""
    is_member = get_viewer(thread_id).member is not None
    return f"[{table}]({add_base(f'/{table}?thread={thread_id}')})" if is_member else table


@st.fragment(key="memory")
def _draw_memory(thread_id: UUID) -> None:
    viewer = get_viewer(thread_id)
    revision = read_revision(*list_group_topics(thread_id, MEMORY))
    draw_stored_rows("facts", thread_id, load_tables(thread_id, MEMORY), _MEMORY)
    facts = _load_facts(thread_id, revision)
    own = [fact for fact in facts if fact.subject_id == viewer.user_id]
    _draw_own_facts(own)
    # Only what changes in those about the visitor makes this run again.
    own_rows = {
        "table": "facts",
        "about": str(viewer.user_id),
        "keys": [make_fact_key(it) for it in own],
    }
    follow("memory", [], revision, rows_of=thread_id, own_rows=own_rows)


def _draw_own_facts(facts: Sequence[FactRecord]) -> None:
    own = {fact.id: fact for fact in facts}
    if not own:
        return
    chosen = st.selectbox(
        "About you",
        list(own),
        index=None,
        format_func=lambda id: f"{own[id].predicate} {own[id].object}",
        key="own-facts",
        placeholder="About you: choose a fact, and say whether it is so",
        label_visibility="collapsed",
    )
    if chosen is not None:
        draw_own_fact(own[chosen], "memory")


@st.fragment(key="context")
def _draw_context(thread_id: UUID) -> None:
    get_viewer(thread_id)
    revision = read_revision(*list_group_topics(thread_id, CHAT))
    draw_stored_rows("events", thread_id, load_tables(thread_id, CHAT, "events"), _CONTEXT)
    follow("context", [], revision)


@st.fragment(key="processes")
def _draw_processes(thread_id: UUID) -> None:
    get_viewer(thread_id)
    revision = read_revision(*list_group_topics(thread_id, AGENTS))
    tables = load_tables(thread_id, AGENTS)
    _agents(key="agents", data={"thread": str(thread_id), "tables": tables})
    draw_stored_rows("runs", thread_id, tables, _PROCESSES)
    follow("processes", [], revision)


@shared(_CACHED_BYTES, lambda facts: 1_000 * len(facts))
def _load_facts(thread_id: UUID, revision: int) -> list[FactRecord]:
    with reading_thread(thread_id) as session:
        return list_facts(session, thread_id, FACTS)
