"""The line under the chat that says what the agents are doing."""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

from burn_core.room.transcript import find_playing_model, list_agent_statuses
from burn_core.runs.record import RunRecord
from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.markdown import escape
from pages.ui.shared.visitor import get_viewer, reading_thread


@st.fragment(key="agent-status")
def draw_agent_status(thread_id: UUID) -> None:
    get_viewer(thread_id)
    topics = [f"runs:{thread_id}"]
    revision = read_revision(*topics)
    runs, model = _load_status(thread_id, revision)
    for run in runs:
        if run.status == "failed":
            st.warning(_describe_failure(run), icon=":material/sentiment_dissatisfied:")
    # Always draw one line, so that nothing moves when an agent starts to think.
    st.caption(_describe_thinking(runs) or "&nbsp;")
    if model == "understudy":
        st.caption(
            "The understudy is playing: rules, no API key. To have Claude play, set "
            "`ANTHROPIC_API_KEY` and restart Burn."
        )
    follow("agent-status", topics, revision)


def _describe_failure(run: RunRecord) -> str:
    return (
        f"{escape(run.agent)} couldn't answer: {_describe_error(run)} "
        f"Nothing is lost: {escape(run.agent)} will try again as soon as something new happens here."
    )


def _describe_thinking(runs: Sequence[RunRecord]) -> str:
    return "  ·  ".join(
        f":shimmer[{escape(run.agent)} is thinking…]" + _describe_retry(run)
        for run in runs
        if run.status == "running"
    )


def _describe_retry(run: RunRecord) -> str:
    return f" ({_describe_error(run)} Trying again.)" if run.error else ""


def _describe_error(run: RunRecord) -> str:
    return escape((run.error or "no reason was given").rstrip(".")) + "."


@st.cache_resource(max_entries=200, show_spinner=False)
def _load_status(thread_id: UUID, revision: int) -> tuple[list[RunRecord], str | None]:
    """The last run of each agent, and which model played last."""
    with reading_thread(thread_id) as session:
        agents = list_agent_statuses(session, thread_id)
        runs = [agent.last_run for agent in agents if agent.last_run is not None]
        return runs, find_playing_model(session, thread_id)
