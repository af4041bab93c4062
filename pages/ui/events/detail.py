"""One event in a dialog: its data, the run that made it, the facts drawn from it."""

from uuid import UUID

import streamlit as st

from burn_core.explore.event_detail import (
    MOST_FACTS,
    find_making_run,
    list_linked_facts,
    select_linked_facts,
    select_making_run,
)
from burn_core.explore.events import FoundEvent, find_event, select_event
from burn_core.facts import FactRecord
from burn_core.runs.record import RunRecord
from db.connection import begin
from pages.ui.shared import address
from pages.ui.shared.database import get_engine
from pages.ui.shared.markdown import escape
from pages.ui.shared.own_fact import describe_standing
from pages.ui.shared.panel import cached_statement, draw_sql
from pages.ui.shared.visitor import get_visitor


def _close() -> None:
    address.write(event=[])


@st.dialog("Event", width="large", position="right", icon=":material/timeline:", on_dismiss=_close)
def draw_detail(user_id: UUID, event_id: UUID) -> None:
    get_visitor()
    with begin(get_engine()) as session:
        event = find_event(session, user_id, event_id)
        run = find_making_run(session, user_id, event_id)
        facts = list_linked_facts(session, user_id, event_id)
    if event is None:
        st.write("This event is gone, or not visible to you.")
        return
    _draw_event(event)
    _draw_run(event, run)
    _draw_facts(event, facts)
    selects = (select_event, select_making_run, select_linked_facts)
    draw_sql("Event", *(cached_statement(select, user_id, event_id) for select in selects))


def _draw_event(event: FoundEvent) -> None:
    st.markdown(
        f"**#{event.seq}** · {escape(event.author)} :gray-badge[{event.type}]"
        f" · {address.describe_time(event.inserted_at)}"
    )
    st.page_link(
        "thread.py",
        label=escape(event.thread),
        icon=":material/forum:",
        query_params={"thread": str(event.thread_id)},
    )
    st.json(event.data, expanded=2)
    st.caption(f"Event {event.id}")


def _draw_run(event: FoundEvent, run: RunRecord | None) -> None:
    st.markdown("**The run that made it**")
    if run is None:
        st.caption(
            "None: a person wrote it." if event.author_type == "human" else "None: no run wrote it."
        )
        return
    rows = {name: escape(words) for name, words in _describe_run(run).items()}
    st.table(rows, border="horizontal", hide_header=True)


def _describe_run(run: RunRecord) -> dict[str, str]:
    tokens = [f"{count:,} {name}" for name, count in run.tokens.items()]
    return {
        "agent": f"{run.agent}, version {run.agent_version}",
        "reason": run.reason,
        "events considered": f"{run.from_seq}–{run.to_seq}",
        "status": run.status,
        "model calls": str(run.attempts),
        "took": "not finished" if run.seconds is None else f"{run.seconds:.2f} s",
        "model": run.model or "none",
        "tokens": ", ".join(tokens) or "unknown",
        "prompt_sha256": run.prompt_sha256 or "none",
        "words of its prompt forgotten": (
            "none"
            if run.forgotten_at is None
            else f"{address.describe_time(run.forgotten_at)}: it can't be made again with this hash"
        ),
        "run": str(run.id),
    }


def _draw_facts(event: FoundEvent, facts: list[FactRecord]) -> None:
    if not facts:
        st.caption("It is no fact's source, and it noted none.")
    drawn = [fact for fact in facts if fact.source_event_id == event.id]
    written = [fact for fact in facts if fact.source_event_id != event.id]
    for title, linked in (("Facts drawn from it", drawn), ("Facts that it noted", written)):
        if linked:
            st.markdown(f"**{title}**")
        for fact in linked:
            _draw_fact(fact)
    if len(facts) == MOST_FACTS:
        st.caption(f"Only the first {MOST_FACTS} are shown.")


def _draw_fact(fact: FactRecord) -> None:
    words = escape(f"{fact.subject} {fact.predicate} {fact.object}")
    st.page_link(
        "facts.py",
        label=f"{words} :gray-badge[{fact.confidence.normalize():f}]{describe_standing(fact)}",
        icon=":material/lightbulb:",
        query_params={"fact": str(fact.id)},
    )
