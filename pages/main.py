"""The router: every request comes here first, goes through sign-in, then reaches its page.

The router is here and not in app.py on purpose. When it sits beside a pages/ folder, Streamlit
1.67 discovers the pages on its own before the first run and runs a deep-linked page without the
router, and so without sign-in.
"""

from datetime import timedelta
from pathlib import Path

import streamlit as st

from pages.ui.shared.error_page import note_revision
from pages.ui.shared.sidebar import draw_sidebar
from pages.ui.shared.sign_in import draw_sign_in
from pages.ui.shared.visitor import begin_page, follow_visitor

_ABOUT = (
    "**Burn** is a chat in which agents roast you. It shows that agents are just database state: "
    "everything on the screen, and everything a model reads, comes from rows in Postgres."
)


@st.fragment(key="reconnected", run_every=timedelta(days=1))
def draw_again_when_reconnected() -> None:
    """Nothing by itself. But only while something reruns by the clock does Streamlit run the whole page
    once a lost connection is back.
    """


# Adding a menu entry also makes Streamlit show its light and dark themes there.
st.set_page_config(page_title="Burn", page_icon="🔥", layout="wide", menu_items={"About": _ABOUT})
st.html(Path(__file__).parent / "ui" / "shared" / "style.css")

# Everybody gets all pages: otherwise a deep link would be "not found" before sign-in.
watch = st.Page("watch.py", title="Burn · spectator")
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
draw_again_when_reconnected()
note_revision()
visitor = begin_page()
if page is not watch and visitor is None:
    draw_sign_in()
    st.stop()
if page is not watch and page is not projector:
    draw_sidebar()
if visitor is not None:
    follow_visitor()
page.run()
