"""The topics that a part of a page follows, the most important first.

A tab can follow burn_core.room.tab.MOST_TOPICS. A table of facts or events takes one for each thread, so it
stops at MOST_THREADS, as the list of threads does, and the page says so.
"""

from collections.abc import Sequence, Sized
from uuid import UUID

import streamlit as st

from burn_core.room.broadcast import MOST_THREADS


def list_topics(user_id: UUID, **thread_ids: Sequence[UUID]) -> list[str]:
    """The person's own topic, then those of each table's threads, newest threads first."""
    of_threads = (f"{table}:{id}" for table, ids in thread_ids.items() for id in ids[:MOST_THREADS])
    return [f"users:{user_id}", *of_threads]


def draw_limit(threads: Sized) -> None:
    """Say so if some of the threads aren't followed."""
    if len(threads) > MOST_THREADS:
        st.caption(
            f"Live updates cover the newest {MOST_THREADS:,} threads. Reload the page to see what "
            "changed in the others."
        )
