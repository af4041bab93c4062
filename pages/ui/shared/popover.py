"""Popovers whose content is drawn once they are open: most of them never are."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.shared.visitor import restart_if_changed


def draw_popover(label: str, key: str, draw: Callable[[], None], **options: Any) -> None:
    """A popover that draw fills. It is a fragment. The options are those of st.popover."""
    # A fragment's own container is as wide as it can be.
    with st.container(width=options.get("width", "content")):
        st.fragment(_draw, key=key)(label, key, draw, options)


def _draw(label: str, key: str, draw: Callable[[], None], options: dict[str, Any]) -> None:
    restart_if_changed()
    popover = st.popover(label, key=key, on_change="rerun", **options)
    if popover.open:
        with popover:
            draw()
