"""Where Burn is on its site: at its top or, with the option server.baseUrlPath, in a folder of it."""

import streamlit as st


def add_base(address: str) -> str:
    """The path on the site of one of Burn's own addresses, such as /facts."""
    return f"{_get_base()}{address}"


def remove_base(path: str) -> str:
    """Burn's own address of a path on the site."""
    return path.removeprefix(_get_base())


def _get_base() -> str:
    folder = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{folder}" if folder else ""
