"""The line under the chat that says what the agents are doing."""

from uuid import UUID

import streamlit as st

from pages.ui.shared.live import follow, read_revision
from pages.ui.shared.scripts import UI, read_scripts
from pages.ui.shared.visitor import get_viewer
from pages.ui.thread.tables import AGENTS, list_group_topics, load_tables

_status = st.components.v2.component(
    "burn_status",
    html='<section aria-live="polite"></section>',
    css=(UI / "thread" / "status.css").read_text(),
    js=read_scripts("shared/store.js", "shared/follow.js", "thread/status.js"),
)


@st.fragment(key="agent-status")
def draw_agent_status(thread_id: UUID) -> None:
    get_viewer(thread_id)
    revision = read_revision(*list_group_topics(thread_id, AGENTS))
    data = {"thread": str(thread_id), "tables": load_tables(thread_id, AGENTS)}
    _status(key="agent-status", data=data)
    follow("agent-status", [], revision)
