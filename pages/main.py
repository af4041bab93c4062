"""Routes: every address leads here first, to the sign-in if need be, then to its page.

This file is the router, and not app.py, on purpose. With a router beside a folder pages/,
Streamlit 1.67 finds the pages by itself before the first run, and shows a deep-linked one
without the router, and so without the sign-in.
"""

from pathlib import Path

import streamlit as st

from pages.ui.sidebar import draw_sidebar
from pages.ui.sign_in import draw_sign_in
from pages.ui.visitor import find_visitor

st.set_page_config(page_title="Burn", page_icon="🔥", layout="wide")
st.html(Path(__file__).parent / "ui" / "style.css")

# All pages are registered for everybody, or a deep link would be "not found" before signing in.
page = st.navigation([st.Page("thread.py", title="Burn", default=True)], position="hidden")
visitor = find_visitor()
if visitor is None:
    draw_sign_in()
    st.stop()
draw_sidebar()
page.run()
