"""A button, which asks first if what it does takes something away from somebody."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui.shared.markdown import escape

_ASKING = "asking"


def draw_action(
    label: str, act: Callable[..., None], *args: Any, key: str, question: str = ""
) -> None:
    """A button that calls act(*args). With a question, it does so once it is answered with yes.

    A browser shows what was at a place until the run has ended. So this is always one thing, with three
    in it: what follows would otherwise move and be on the screen twice, or this be beside what it
    takes the place of.
    """
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        if question and st.session_state.get(_ASKING) == key:
            st.markdown(escape(question), width="content")
            st.button("Yes", key=f"{key}-yes", type="primary", on_click=_do, args=[key, act, *args])
            st.button("No", key=f"{key}-no", on_click=stop_asking, args=[key])
            return
        if question:
            st.button(label, key=key, on_click=_ask, args=[key])
        else:
            st.button(label, key=key, on_click=act, args=args)
        st.container()
        st.container()


def stop_asking(key: str = "") -> None:
    """Stop asking for what has that key, or altogether."""
    if key in ("", st.session_state.get(_ASKING)):
        st.session_state.pop(_ASKING, None)


def _ask(key: str) -> None:
    st.session_state[_ASKING] = key


def _do(key: str, act: Callable[..., None], *args: Any) -> None:
    stop_asking(key)
    act(*args)
