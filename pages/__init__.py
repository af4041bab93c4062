"""The screen: Streamlit scripts. main.py is the router."""
