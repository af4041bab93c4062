"""Routes: every address leads here first, to the sign-in if need be, then to its page.

This file is the router, and not app.py, on purpose. With a router beside a folder pages/,
Streamlit 1.67 finds the pages by itself before the first run, and shows a deep-linked one
without the router, and so without the sign-in.
"""

from pathlib import Path

import streamlit as st

from pages.ui.shared.sidebar import draw_sidebar
from pages.ui.shared.sign_in import draw_sign_in
from pages.ui.shared.visitor import begin_page, follow_visitor

_ABOUT = (
    "**Burn** is a chat in which agents roast you. It shows that agents are just database state: "
    "all that is on the screen, and all that a model reads, are rows in Postgres."
)

# The menu's entry also brings the choice between light and dark.
st.set_page_config(page_title="Burn", page_icon="🔥", layout="wide", menu_items={"About": _ABOUT})
st.html(Path(__file__).parent / "ui" / "shared" / "style.css")

# All pages are registered for everybody, or a deep link would be "not found" before signing in.
watch = st.Page("watch.py", title="Burn · reading along")
projector = st.Page("projector.py", title="Burn · projector")
page = st.navigation(
    [
        st.Page("thread.py", title="Burn", default=True),
        watch,
        projector,
        st.Page("facts.py", title="Burn · facts"),
        st.Page("events.py", title="Burn · events"),
        st.Page("sql.py", title="Burn · SQL"),
    ],
    position="hidden",
)
visitor = begin_page()
if page is not watch and visitor is None:
    draw_sign_in()
    st.stop()
if page is not watch and page is not projector:
    draw_sidebar()
if visitor is not None:
    follow_visitor()
page.run()
