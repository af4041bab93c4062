"""Events: what happened in your threads."""

import streamlit as st

st.title("Events", anchor=False)
