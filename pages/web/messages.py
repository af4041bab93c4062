"""What pages send over their two websockets, and how fast. Everything else is ignored here.

Streamlit's takes more: messages that clear everybody's caches, that ask for the names of
files in the repository, that install files on this machine. docs/browser-messages.md lists them.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from uuid import UUID

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from google.protobuf.message import Message as Part
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from burn_core.room.access import is_same_origin
from pages.ui.shared.base_path import remove_base
from pages.web.caller import find_caller
from pages.web.pace import Pace

MOST_WIDGETS = 1_000
MOST_PARTS_OF_ADDRESS = 1_000
MOST_VALUES = 5_000  # of all widgets, and of what the browser has kept
# What is read of a socket while a message of it waits. Pages rarely send a second one.
MOST_EARLY, MOST_EARLY_BYTES = 20, 100_000
# Of one socket. A page that redraws itself for each message of a lively thread asks for fewer.
MESSAGES = 50, 10.0
# Of all sockets of a browser, or of an address. What is new in a thread redraws parts of a page.
WHOLE_PAGES = 600, 20.0
# Of a browser that has a cookie. Without one, it can be hundreds of spectators behind one address.
PARTS = 600, 30.0
_TAKEN = frozenset({"stop_script", "app_heartbeat"})
_OPERATIONS = frozenset({"deferred_file", "dataframe_chunk"})


class KnownMessages:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._messages = Pace(*MESSAGES)
        self._whole_pages, self._parts = Pace(*WHOLE_PAGES), Pace(*PARTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # The router takes more spellings of a path: one with a line break at its end.
            make_judge = _JUDGES.get(remove_base(scope["path"]))
            connection = HTTPConnection(scope)
            # Streamlit's own list lets in every port of this machine, and what names no origin.
            if make_judge is None or not is_same_origin(connection):
                await WebSocket(scope, receive, send).close(code=1008)
                return
            caller = find_caller(connection)
            paces = self._messages, self._whole_pages, self._parts
            receive = _Socket(receive, send, make_judge(), caller, *paces).receive
            scope = _without_old_session(scope)
        await self._app(scope, receive, send)


def _without_old_session(scope: Scope) -> Scope:
    """The same, as from a tab that hasn't been here before.

    Streamlit would let a tab whose socket was cut go on where it was. But what was being drawn then is
    lost, and what comes after it has no place: the tab would turn white. A new session draws it all.
    The session's id is the third of the protocols that the tab offers.
    """
    headers = [
        (name, b",".join(value.split(b",")[:2]) if name == b"sec-websocket-protocol" else value)
        for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}


class _Kind(Enum):
    """What a message asks for."""

    UNKNOWN = auto()  # no page sends it
    TOO_LARGE = auto()  # no page sends as much
    WHOLE_PAGE = auto()
    PART = auto()
    SOMETHING = auto()


@dataclass(frozen=True, eq=False)
class _Socket:
    """The messages of one websocket, as they reach Burn."""

    _receive: Receive
    _send: Send
    _judge: Callable[[Message], _Kind]
    _caller: Hashable
    _messages: Pace
    _whole_pages: Pace
    _parts: Pace
    # Those that came while the one before waited.
    _early: deque[Message] = field(default_factory=deque)

    async def receive(self) -> Message:
        """The next message, in its time, leaving out those that no page of Burn sends."""
        while True:
            message = self._early.popleft() if self._early else await self._receive()
            if message["type"] != "websocket.receive":
                return message
            if goodbye := await self._wait(self._messages, self):
                return goodbye
            kind = self._judge(message)
            if kind is _Kind.TOO_LARGE:
                await self._send({"type": "websocket.close", "code": 1009})
                return {"type": "websocket.disconnect", "code": 1009}
            pace = self._find_pace(kind)
            if pace and (goodbye := await self._wait(pace, self._caller)):
                return goodbye
            if kind is not _Kind.UNKNOWN:
                return message

    def _find_pace(self, kind: _Kind) -> Pace | None:
        """The one of all sockets of the caller."""
        if kind is _Kind.WHOLE_PAGE:
            return self._whole_pages
        return self._parts if kind is _Kind.PART and isinstance(self._caller, UUID) else None

    async def _wait(self, pace: Pace, whom: Hashable) -> Message | None:
        """Wait for a message's turn. If the client goes away first: return that at once."""
        seconds = pace.take(whom)
        if seconds == 0:
            return None
        turn = asyncio.timeout(seconds)
        try:
            async with turn:
                return await self._read_ahead()
        except TimeoutError:
            return None
        finally:
            if not turn.expired():
                pace.give_back(whom)

    async def _read_ahead(self) -> Message:
        """Keep what comes, up to the client's going away. One that sends too much isn't read on."""
        while (
            len(self._early) < MOST_EARLY and sum(map(_count_bytes, self._early)) < MOST_EARLY_BYTES
        ):
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            self._early.append(message)
        return await asyncio.Future()


def _count_bytes(message: Message) -> int:
    """How long the message is. Text counts by its characters."""
    return len(message.get("bytes") or message.get("text") or "")


class _StreamlitJudge:
    """Of one socket."""

    def __init__(self) -> None:
        self._address = ""  # the part after the question mark, for which its page is drawn

    def __call__(self, message: Message) -> _Kind:
        try:
            sent = BackMsg.FromString(message.get("bytes") or b"")
        except DecodeError:
            return _Kind.UNKNOWN
        kind, run = sent.WhichOneof("type"), sent.rerun_script
        if kind == "rerun_script":
            return _Kind.TOO_LARGE if _has_too_many_parts(run) else self._judge_run(run)
        operation = sent.backend_operation_request.WhichOneof("payload")
        return _Kind.SOMETHING if kind in _TAKEN or operation in _OPERATIONS else _Kind.UNKNOWN

    def _judge_run(self, run: ClientState) -> _Kind:
        # A part that finds another address draws the whole page (get_viewer in visitor.py).
        is_part = run.fragment_id and run.query_string == self._address
        self._address = run.query_string
        return _Kind.PART if is_part else _Kind.WHOLE_PAGE


def _has_too_many_parts(run: ClientState) -> bool:
    """Whether its many values, even if each is empty, would take far more memory than the message has."""
    widgets, parts = run.widget_states.widgets, run.query_string.count("&")
    return (
        len(widgets) > MOST_WIDGETS
        or parts > MOST_PARTS_OF_ADDRESS
        or len(run.cached_message_hashes) > MOST_VALUES
        or sum(map(_count_values, widgets)) > MOST_VALUES
    )


def _count_values(part: Part) -> int:
    """How many there are in it, at any depth."""
    count = 0
    for descriptor, value in part.ListFields():
        parts = (
            value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
        )
        count += len(parts)
        if descriptor.message_type is not None:
            count += sum(map(_count_values, parts))
    return count


def _judge_for_live(message: Message) -> _Kind:
    return _Kind.UNKNOWN if message.get("text") is None else _Kind.SOMETHING


_JUDGES: dict[str, Callable[[], Callable[[Message], _Kind]]] = {
    "/_stcore/stream": _StreamlitJudge,
    "/live": lambda: _judge_for_live,
}
