"""The screen: Streamlit scripts, of which main.py routes to the others."""
