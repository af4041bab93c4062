"""How a fact came about and which roasts used it, step by step."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from burn_core.context import render
from burn_core.events import find_forgotten_at
from burn_core.explore.fact_path import (
    ROASTS,
    FactPath,
    PathEvent,
    find_path,
    list_roasts,
    select_path,
    select_roasts,
)
from burn_core.facts import FactRecord
from burn_core.runs.record import RunRecord
from burn_core.snapshot import load_snapshot
from db.connection import begin
from pages.ui.facts.choice import FactChoice
from pages.ui.shared import address
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.markdown import escape
from pages.ui.shared.own_fact import describe_standing, draw_own_fact
from pages.ui.shared.panel import draw_sql

# characters; with more, a browser stalls
_LONGEST_CONTEXT = 200_000


def draw_path(choice: FactChoice) -> None:
    st.markdown("**How it came about**")
    if choice.fact_id is None:
        st.caption("Choose a row to see how that fact came about.")
        return
    statement = select_path(choice.user_id, choice.fact_id)
    with begin(get_engine()) as session:
        path = find_path(session, statement)
    if path is None:
        st.info("This fact is gone, or not visible to you.", icon=":material/link_off:")
        return
    _draw_steps(choice, path.fact)
    draw_sql("The path of a fact", statement, select_roasts(choice.user_id, path.fact))


@st.fragment(key="facts-path")
def _draw_steps(drawn: FactChoice, fact: FactRecord) -> None:
    drawn.check()
    topics = [f"{table}:{fact.thread_id}" for table in ("facts", "events", "runs")]
    revision = read_revision(*topics)
    with begin(get_engine()) as session:
        path = find_path(session, select_path(drawn.user_id, fact.id))
        roasts = (
            [] if path is None else list_roasts(session, select_roasts(drawn.user_id, path.fact))
        )
    if path is None:
        st.rerun()
    _draw_fact(path.fact, drawn.user_id)
    _draw_message(path)
    _draw_run(path)
    _draw_tool_use(path.tool_use)
    _draw_roasts(roasts)
    follow("facts-path", topics, revision, wait_ms=1_000)


def _draw_fact(fact: FactRecord, user_id: UUID) -> None:
    if fact.forgotten_at is not None:
        st.markdown(f"**{escape(fact.subject)}** had this fact forgotten.")
        st.caption(f"Forgotten {address.describe_time(fact.forgotten_at)}")
    else:
        st.markdown(
            f"**{escape(fact.subject)}** {escape(fact.predicate)} **{escape(fact.object)}**"
            + describe_standing(fact)
        )
    st.caption(
        f"{escape(fact.category)} · confidence {fact.confidence} · written down "
        f"{address.describe_time(fact.inserted_at)}"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "thread.py",
            label=escape(fact.thread),
            icon=":material/forum:",
            query_params={"thread": str(fact.thread_id)},
        )
        st.button("Close", key="facts-close", type="tertiary", on_click=_close)
    if fact.superseded_by_id is not None:
        st.page_link(
            "facts.py",
            label="The newer fact that took its place",
            icon=":material/update:",
            query_params={"fact": str(fact.superseded_by_id)},
        )
    if fact.subject_id == user_id and fact.forgotten_at is None:
        draw_own_fact(fact, "path")


def _close() -> None:
    address.write(fact=[])


def _draw_message(path: FactPath) -> None:
    message = path.message
    if message is None:
        _draw_missing("No message said it", "It names no message in this thread as its source.")
        return
    with st.expander(f"{escape(message.author)} said", True, icon=":material/chat:", type="step"):
        _draw_words(message, str(message.data.get("text", "")))
        _draw_event_link(message)


def _draw_words(event: PathEvent, words: str) -> None:
    if find_forgotten_at(event.data) is None:
        st.text(words)
    else:
        st.caption("These words were forgotten, as the person whom they were about wished.")


def _draw_run(path: FactPath) -> None:
    run, tool_use = path.run, path.tool_use
    if run is None or tool_use is None:
        _draw_missing("No run wrote it down", "No agent wrote it: it was typed into the database.")
        return
    title = f"{escape(tool_use.author)} ran because {escape(run.reason)}"
    with st.expander(title, True, icon=":material/smart_toy:", type="step"):
        st.caption(_describe_run(run))
        st.code(run.prompt_sha256 or "none", language=None, wrap_lines=True)
        if run.forgotten_at is not None:
            st.caption(
                f"Words of this prompt were forgotten {address.describe_time(run.forgotten_at)}, so it"
                " can't be made again with this hash."
            )
    _draw_prompt(path, run)


def _describe_run(run: RunRecord) -> str:
    read = f"event {run.to_seq}" if run.from_seq == run.to_seq else f"{run.from_seq}–{run.to_seq}"
    parts = [
        f"new since its last run: {read}",
        f"model {escape(run.model or 'unknown')}",
        f"{run.attempts} model call{'' if run.attempts == 1 else 's'}",
        _describe_tokens(run),
        f"run {run.id}",
        "sha256 of the prompt:",
    ]
    return " · ".join(parts)


def _describe_tokens(run: RunRecord) -> str:
    counts = [f"{count:,} {name}" for name, count in run.tokens.items()]
    return f"tokens: {', '.join(counts) or 'unknown'}"


def _draw_prompt(path: FactPath, run: RunRecord) -> None:
    """Rendered only when somebody opens it, because the context is the whole thread until then."""
    step = st.expander(
        "Its prompt",
        key=f"prompt-{run.id}",
        icon=":material/description:",
        type="step",
        on_change="rerun",
    )
    with step:
        st.caption(f"The prompt of {escape(run.agent)}, version {run.agent_version}:")
        if step.open:
            st.code(path.prompt or "", language=None, wrap_lines=True, height=200)
            _draw_context(path.fact.thread_id, run.to_seq)


def _draw_context(thread_id: UUID, seq: int) -> None:
    with begin(get_engine()) as session:
        context = render(load_snapshot(session, thread_id, at=seq))
    st.caption(f"The context, as of seq {seq}:")
    if len(context) > _LONGEST_CONTEXT:
        st.caption(
            f"The end of {len(context):,} characters. To print all of them: "
            f"`python -m burn_core context {thread_id} --at {seq}`"
        )
    st.code(context[-_LONGEST_CONTEXT:], language=None, wrap_lines=True, height=400)


def _draw_tool_use(tool_use: PathEvent | None) -> None:
    if tool_use is None:
        return
    title = f"{escape(tool_use.author)} wrote it down"
    with st.expander(title, True, icon=":material/edit_note:", type="step"):
        st.json(tool_use.data, expanded=1)
        _draw_event_link(tool_use)


def _draw_roasts(roasts: Sequence[PathEvent]) -> None:
    if not roasts:
        _draw_missing("No roast used it yet", "A roast names the facts that it uses.")
        return
    count = f"{len(roasts)}{' or more' if len(roasts) == ROASTS else ''}"
    title = f"{count} roast{'' if len(roasts) == 1 else 's'} used it"
    with st.expander(title, True, icon=":material/local_fire_department:", type="step"):
        for roast in roasts:
            _draw_words(roast, f"{roast.author}: {roast.data['input'].get('roast', '')}")
            _draw_event_link(roast)


def _draw_missing(title: str, words: str) -> None:
    with st.expander(title, True, icon=":material/block:", type="step"):
        st.caption(words)


def _draw_event_link(event: PathEvent) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"seq {event.seq} · {address.describe_time(event.inserted_at)}", width="content")
        st.page_link(
            "events.py",
            label="The event",
            icon=":material/timeline:",
            query_params={"event": str(event.id)},
        )
