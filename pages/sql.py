"""SQL: the database, for the host of this instance."""

import streamlit as st

st.title("SQL", anchor=False)
