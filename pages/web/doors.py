"""Which of Streamlit's own addresses answer, and to whom."""

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.ui.shared.base_path import remove_base
from pages.ui.shared.files import may_download

# What a page needs. Metrics, uploads, the agent API and components of other packages are closed.
_OPEN = frozenset({"/_stcore/health", "/_stcore/host-config"})
_STREAMLITS = ("/_stcore/", "/component/")
_BODY_BYTES = 10_000  # a ticket has a hundred


class Doors:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http":
            if not await _is_open(scope):
                app = PlainTextResponse("There is nothing here for you.", 404)
            elif not _is_small(Headers(scope=scope)):
                app = PlainTextResponse("This request is too large.", 413)
        await app(scope, receive, send)


async def _is_open(scope: Scope) -> bool:
    path = remove_base(scope["path"])
    if path.startswith("/media/"):
        return await to_thread.run_sync(may_download, HTTPConnection(scope))
    return path in _OPEN or not path.startswith(_STREAMLITS)


def _is_small(headers: Headers) -> bool:
    """Whether the request says that its body is small. One in chunks doesn't say how large it is."""
    length = headers.get("content-length", "0")
    is_whole = "transfer-encoding" not in headers
    return is_whole and length.isdecimal() and int(length) <= _BODY_BYTES
