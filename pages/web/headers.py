"""Headers that tell browsers what pages of Burn may do. Every response has them."""

import hashlib
import re
from base64 import b64encode
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_make_headers())
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


@cache
def _make_headers() -> dict[str, str]:
    return {
        "Content-Security-Policy": "; ".join(f"{part} {sources}" for part, sources in _POLICY),
        "X-Content-Type-Options": "nosniff",
        # Addresses hold the keys of spectators and of invitations.
        "Referrer-Policy": "same-origin",
    }


def _hash_inline_scripts() -> str:
    """The sources that allow the scripts inside Streamlit's own page, and no other inline script."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text()
    hashes = [hashlib.sha256(script.encode()).digest() for script in _INLINE_SCRIPT.findall(page)]
    return " ".join(f"'sha256-{b64encode(hash).decode()}'" for hash in hashes)


_POLICY = (
    ("default-src", "'self'"),
    # Components come as blobs, and graphs are laid out by a WebAssembly module.
    ("script-src", f"'self' {_hash_inline_scripts()} blob: 'wasm-unsafe-eval'"),
    # Streamlit's styles are made by its scripts.
    ("style-src", "'self' 'unsafe-inline'"),
    # People's pictures can be anywhere.
    ("img-src", "'self' data: blob: https: http:"),
    ("font-src", "'self' data:"),
    ("worker-src", "'self' blob:"),
    ("object-src", "'none'"),
    ("base-uri", "'self'"),
    ("form-action", "'self'"),
    ("frame-ancestors", "'self'"),
)
