"""Live updates: a fragment reruns when a topic changes, and nothing polls in the meantime."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import streamlit as st

from db.schema import Json
from pages.ui.shared.base_path import add_base
from pages.ui.shared.resources import get_live
from pages.ui.shared.scripts import read_scripts

_component = st.components.v2.component(
    "burn_live", js=read_scripts("shared/store.js", "shared/away.js", "shared/live.js")
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


def follow(
    key: str,
    topics: Sequence[str],
    revision: int,
    wait_ms: int = 150,
    rows_of: UUID | None = None,
    own_rows: Json | None = None,
    own_of: UUID | None = None,
) -> None:
    """Rerun the calling fragment when one of the topics passes the revision.

    It waits wait_ms first, to gather more news. The tab's store gets the rows of the thread rows_of,
    and those of the person own_of alone.
    With own_rows, the fragment also runs when other keys than these belong to the rows of that table
    that are about this person: {"table": …, "about": …, "keys": […]}.
    """
    key = f"live-{key}"
    data = {
        "site": add_base(""),
        "topics": list(topics),
        "have": revision,
        "wait_ms": wait_ms,
        "rows_of": None if rows_of is None else str(rows_of),
        "own_of": None if own_of is None else str(own_of),
        "own_rows": own_rows,
    }
    _component(key=key, data=data, on_changed_change=partial(_catch_up, key, topics))


def _catch_up(key: str, topics: Sequence[str]) -> None:
    """The tab asks for what is new at a revision of which this process may not have heard yet."""
    told = st.session_state.get(key, {}).get("changed")  # a tab may send no more than that it asks
    if isinstance(told, int | float):
        get_live().catch_up(topics, int(told))
