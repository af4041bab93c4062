"""What pages send over their two websockets. Everything else is ignored here.

Streamlit's takes more: messages that clear everybody's caches, that ask for the names of
files in the repository, that install files on this machine. docs/browser-messages.md lists them.
"""

from collections.abc import Callable
from functools import partial

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg

from burn_core.room.access import is_same_origin

_TAKEN = frozenset({"rerun_script", "stop_script", "app_heartbeat"})
_OPERATIONS = frozenset({"deferred_file", "dataframe_chunk"})


class KnownMessages:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_known = _KNOWN.get(scope["path"]) if scope["type"] == "websocket" else None
        if is_known is not None:
            if not is_same_origin(HTTPConnection(scope)):
                # Streamlit's own list lets in every port of this machine.
                await WebSocket(scope, receive, send).close(code=1008)
                return
            receive = partial(_receive_known, receive, is_known)
        await self._app(scope, receive, send)


async def _receive_known(receive: Receive, is_known: Callable[[Message], bool]) -> Message:
    """The next message, leaving out those that no page of Burn sends."""
    while True:
        message = await receive()
        if message["type"] != "websocket.receive" or is_known(message):
            return message


def _is_known_to_streamlit(message: Message) -> bool:
    try:
        sent = BackMsg.FromString(message.get("bytes") or b"")
    except DecodeError:
        return False
    kind = sent.WhichOneof("type")
    if kind == "backend_operation_request":
        return sent.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    return kind in _TAKEN


def _is_text(message: Message) -> bool:
    return message.get("text") is not None


_KNOWN = {"/_stcore/stream": _is_known_to_streamlit, "/live": _is_text}
