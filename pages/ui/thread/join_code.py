"""A QR code for joining a thread with a phone."""

from functools import lru_cache

import segno
import streamlit as st

from pages.ui.thread.links import make_link_for_others


def draw_join_code(invite_address: str) -> None:
    link = make_link_for_others(invite_address)
    code, words = st.columns([2, 3], vertical_alignment="center")
    code.image(_draw_code(link), width=160, alt=f"QR code to join: {link}")
    words.markdown(f"**Join with your phone**  \n:small[{link}]")


@lru_cache(maxsize=100)
def _draw_code(link: str) -> str:
    """An SVG, dark on white in both themes: some phones can't read light on dark."""
    return segno.make(link, error="m").svg_inline(scale=8, border=3, dark="#000", light="#fff")
