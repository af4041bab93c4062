"""The topics that a part of a page follows, the most important first.

A tab can follow burn_core.room.tab.MOST_TOPICS. The list of threads takes two for each thread and
a table of facts or events takes one, so each list stops at MOST_THREADS and the page says so.
"""

from collections.abc import Sequence
from uuid import UUID

import streamlit as st

MOST_THREADS = 600


def list_topics(user_id: UUID, **thread_ids: Sequence[UUID]) -> list[str]:
    """The person's own topic, then those of each table's threads, newest threads first."""
    of_threads = (f"{table}:{id}" for table, ids in thread_ids.items() for id in ids[:MOST_THREADS])
    return [f"users:{user_id}", *of_threads]


def draw_limit(thread_ids: Sequence[UUID]) -> None:
    """Say so if some of the threads aren't followed."""
    if len(thread_ids) > MOST_THREADS:
        st.caption(
            f"Live updates cover the newest {MOST_THREADS:,} threads. Reload the page to see what "
            "changed in the others."
        )
