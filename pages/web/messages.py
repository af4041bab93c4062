"""What the pages in browsers send to Streamlit, and nothing else.

Streamlit's websocket takes more: messages that clear everybody's caches, that ask for the names of
files in the repository, that install files on this machine. docs/browser-messages.md lists them.
"""

from functools import partial

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

_TAKEN = frozenset({"rerun_script", "stop_script", "app_heartbeat"})
_OPERATIONS = frozenset({"deferred_file", "dataframe_chunk"})


class KnownMessages:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == "/_stcore/stream":
            receive = partial(_receive_known, receive)
        await self._app(scope, receive, send)


async def _receive_known(receive: Receive) -> Message:
    """The next message, leaving out those that no page of Burn sends."""
    while True:
        message = await receive()
        if message["type"] != "websocket.receive" or _is_known(message.get("bytes")):
            return message


def _is_known(frame: bytes | None) -> bool:
    if frame is None:  # text, which Streamlit doesn't speak
        return False
    try:
        message = BackMsg.FromString(frame)
    except DecodeError:
        return False
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    return kind in _TAKEN
