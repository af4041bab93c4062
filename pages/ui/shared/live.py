"""Live updates: a fragment reruns when a topic changes, and nothing polls in the meantime."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from pages.ui.shared.resources import get_live

_component = st.components.v2.component(
    "burn_live", js=(Path(__file__).parent / "live.js").read_text()
)


def read_revision(*topics: str) -> int:
    """The topics' revision now. Read it before the tables, then pass it to follow.

    Rows that were read at one revision are the same for everybody, and can be cached by it.
    """
    return get_live().get_revision(topics)


def announce(*topics: str) -> None:
    """Announce what this process just changed, so that the next run sees it at once."""
    for topic in topics:
        get_live().announce(topic)


def follow(key: str, topics: Sequence[str], revision: int, wait_ms: int = 150) -> None:
    """Rerun the calling fragment when one of the topics passes the revision.

    It waits wait_ms first, to gather more news.
    """
    _component(
        key=f"live-{key}",
        data={"topics": list(topics), "have": revision, "wait_ms": wait_ms},
        on_changed_change=lambda: None,
    )
