"""Full links to this site, to share with others."""

import socket
from functools import cache
from urllib.parse import urlsplit

import streamlit as st

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def make_link(address: str) -> str:
    """The full link to a path of this site, at the address that the visitor's browser uses."""
    site = urlsplit(st.context.url or "http://localhost/")
    return f"{site.scheme}://{site.netloc}{address}"


def make_link_for_others(address: str) -> str:
    """The same for other devices: localhost becomes this machine's network address."""
    site = urlsplit(st.context.url or "http://localhost/")
    if site.hostname not in _LOOPBACK:
        return make_link(address)
    port = f":{site.port}" if site.port else ""
    return f"{site.scheme}://{_find_own_address()}{port}{address}"


@cache
def _find_own_address() -> str:
    """This machine's address on its network, or localhost if it has no network.

    Connecting a datagram socket sends nothing: it only picks the network interface.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "localhost"
        return str(probe.getsockname()[0])
