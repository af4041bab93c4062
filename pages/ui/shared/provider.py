"""Signing in through a provider (OpenID Connect), where .streamlit/secrets.toml names one.

Streamlit speaks with the provider and keeps what it says in a cookie of its own. Here that only
opens the door: who is signed in is a row of sessions, as for everybody.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import streamlit as st

from burn_core.room.proof import Identity

# How long somebody can take to choose a name.
_VOUCHED_SECONDS = 600


def draw_provider_buttons() -> None:
    for provider, label in _list_providers().items():
        st.button(
            f"Continue with {label}",
            key=f"provider-{provider}",
            on_click=st.login,
            args=[provider],
            width="stretch",
        )


def find_identity() -> Identity | None:
    """Whom the provider said this browser's person is, when they last came from there."""
    if not st.user.get("is_logged_in"):
        return None
    issuer, subject, issued_at = (st.user.get(claim) for claim in ("iss", "sub", "iat"))
    if not (isinstance(issuer, str) and isinstance(subject, str) and isinstance(issued_at, int)):
        return None
    if issued_at < time.time() - _VOUCHED_SECONDS:
        return None  # somebody else may sit here by now
    return Identity(issuer, subject, datetime.fromtimestamp(issued_at, UTC))


def list_called() -> list[str]:
    """What the provider calls the person."""
    called = (st.user.get(claim) for claim in ("preferred_username", "given_name", "name", "email"))
    return [it for it in called if isinstance(it, str)]


def leave_provider() -> None:
    """Forget the provider's sign-in, so that the next person here has to sign in there."""
    if st.user.get("is_logged_in"):
        st.logout()


def _list_providers() -> dict[str | None, str]:
    """What people call each provider, by its name for st.login: None for the only one."""
    try:
        auth = st.secrets.get("auth", {})
    except FileNotFoundError:
        return {}
    named = {name: name.capitalize() for name, it in auth.items() if isinstance(it, Mapping)}
    if "client_id" not in auth:
        return {**named}
    host = urlsplit(auth.get("server_metadata_url", "")).hostname
    return {None: host or "your provider", **named}
