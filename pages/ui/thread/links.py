"""Links to this site that work elsewhere."""

import socket
from functools import cache
from urllib.parse import urlsplit

import streamlit as st

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def make_link(address: str) -> str:
    """The whole of a path of this site, as the visitor's browser reaches it."""
    site = urlsplit(st.context.url or "http://localhost/")
    return f"{site.scheme}://{site.netloc}{address}"


def make_link_for_others(address: str) -> str:
    """The same for another device: by this machine's address where ours is only its own name."""
    site = urlsplit(st.context.url or "http://localhost/")
    if site.hostname not in _LOOPBACK:
        return make_link(address)
    port = f":{site.port}" if site.port else ""
    return f"{site.scheme}://{_find_own_address()}{port}{address}"


@cache
def _find_own_address() -> str:
    """This machine's address in its network, or localhost where it is in none.

    Connecting a datagram socket sends nothing: it only chooses the way out.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        try:
            way_out.connect(("192.0.2.1", 9))
        except OSError:
            return "localhost"
        return str(way_out.getsockname()[0])
