"""Rows that stay where they are while others come and go."""

from collections.abc import Callable, Mapping
from typing import Literal
from uuid import UUID

import streamlit as st


def draw_in_places(
    key: str,
    rows: Mapping[UUID, Callable[[], None]],
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """Draw each row at the place that it had before: those that are gone leave theirs empty.

    A browser shows what was at a place until the run has ended. A row that moved up would be on the
    screen twice until then. The places are in the session's state, under the key.
    """
    places: list[UUID] = st.session_state.setdefault(key, [])
    places += [id for id in rows if id not in places]
    for id in places:
        with st.container(width=width):
            if id in rows:
                rows[id]()
