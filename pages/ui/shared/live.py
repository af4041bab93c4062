"""Rerunning a fragment when a topic changes, without polling."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.ui.shared.resources import get_live

_component = st.components.v2.component(
    "burn_live", js=(Path(__file__).parent / "live.js").read_text()
)


def read_revision(*topics: str) -> int:
    """Call it before reading the tables, and pass the result to follow. What is read at one revision
    is the same for everybody, so it can be cached under the revision.
    """
    return get_live().get_revision(topics)


def announce(*topics: str) -> None:
    """Say what this process just changed, so that the next run doesn't wait for the news."""
    for topic in topics:
        get_live().announce(topic)


def follow(key: str, topics: Sequence[str], revision: int, wait_ms: int = 150) -> None:
    """Rerun the fragment that calls this once one of the topics is past the revision.

    wait_ms is how long the browser first waits for more news. Name the most important topics first.
    """
    _component(
        key=f"live-{key}",
        data={"topics": list(topics), "have": revision, "wait_ms": wait_ms},
        on_changed_change=lambda: None,
    )
