"""Facts: what is known about people in your threads."""

import streamlit as st

st.title("Facts", anchor=False)
