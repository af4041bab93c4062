"""How many websockets and streams somebody may have open at once in this process.

One websocket more ends another of theirs, so that silent ones don't keep out those that act. One
stream more is refused.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected

from pages.ui.shared.base_path import remove_base
from pages.web.caller import find_caller

MOST_OF_BROWSER = 200
MOST_OF_ADDRESS = 600
_TRY_AGAIN_SECONDS = 10
_TOO_MANY = "Too many streams are open here. Close some, and try again."
_TRY_AGAIN_LATER = 1013  # tabs do
# Who reads is told at once.
_TELL_SECONDS = 1.0


class OpenConnections:
    def __init__(
        self, app: ASGIApp, of_browser: int = MOST_OF_BROWSER, of_address: int = MOST_OF_ADDRESS
    ) -> None:
        self._app = app
        self._of_browser = of_browser
        self._of_address = of_address
        # Sets that keep their order.
        self._open: defaultdict[tuple[str, UUID | str], dict[_Connection, None]] = defaultdict(dict)
        self._endings: set[asyncio.Task[None]] = set()
        self._times = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = _find_kind(scope)
        if kind is None:
            await self._app(scope, receive, send)
            return
        caller = find_caller(HTTPConnection(scope))
        most = self._of_browser if isinstance(caller, UUID) else self._of_address
        whose = (kind, caller)
        if len(self._open[whose]) >= most:
            if scope["type"] == "http":
                await _refuse_stream(scope, receive, send)
                return
            self._end_most_silent(self._open[whose])
        connection = _Connection(receive, send, self._times, asyncio.current_task())
        self._open[whose][connection] = None
        try:
            # A request's own receive leads to the transport (burn_core/sync/stream.py).
            if scope["type"] == "http":
                await self._app(scope, receive, send)
            else:
                await self._app(scope, connection.receive, connection.send)
        except asyncio.CancelledError:
            if not connection.is_ended:
                raise
        except WebSocketDisconnected:
            pass  # the client went away while Streamlit was sending: no error for the log
        except OSError:
            if not connection.is_ended:
                raise
        finally:
            self._open[whose].pop(connection, None)
            if not self._open[whose]:
                del self._open[whose]

    def _end_most_silent(self, connections: "dict[_Connection, None]") -> None:
        """End the one that has been silent longest, or the oldest that has never said anything."""
        silent = min(connections, key=lambda each: each.heard)
        del connections[silent]
        # The one that comes instead doesn't wait for it.
        ending = asyncio.ensure_future(silent.end())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)


@dataclass(eq=False)
class _Connection:
    """One that is open. heard tells the order in which they last said something: 0 is never."""

    _receive: Receive
    _send: Send
    _times: "count[int]"
    _task: "asyncio.Task[None] | None"
    heard: int = 0
    is_ended: bool = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.receive":
            if self.is_ended:
                return {"type": "websocket.disconnect", "code": _TRY_AGAIN_LATER}
            self.heard = next(self._times)
        return message

    async def send(self, message: Message) -> None:
        """Raises OSError once it has been ended, as if the client had gone away."""
        if self.is_ended:
            raise OSError("This connection has made room for another.")
        await self._send(message)

    async def end(self) -> None:
        """Close the websocket, and end what serves it, which may be waiting for something else."""
        self.is_ended = True
        # It can be closed already, or not be read.
        with suppress(OSError, RuntimeError, TimeoutError):
            async with asyncio.timeout(_TELL_SECONDS):
                await self._send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})
        if self._task:
            self._task.cancel()


def _find_kind(scope: Scope) -> str | None:
    """Each of the websockets counts for itself, and all streams together."""
    if scope["type"] == "websocket":
        return str(scope["path"])
    is_stream = scope["type"] == "http" and remove_base(scope["path"]).startswith("/sync/")
    return "/sync/" if is_stream else None


async def _refuse_stream(scope: Scope, receive: Receive, send: Send) -> None:
    body = {"op": "error", "message": _TOO_MANY}
    await JSONResponse(body, 429, {"Retry-After": f"{_TRY_AGAIN_SECONDS}"})(scope, receive, send)
