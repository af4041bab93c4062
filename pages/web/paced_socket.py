"""How many bytes and frames one websocket may send, at once and in one message: more than any page
does, less than a flood.

Frames that are no messages, such as unasked pongs, never reach Burn's other limits (messages.py), and
yet the server reads each of them.
"""

import asyncio
from typing import Any

from uvicorn.config import WS_PROTOCOLS
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# A paste of 100,000 characters has at most 400,000.
BYTES_OF_MESSAGE = 1_000_000
BYTES_AT_ONCE = 2_000_000
BYTES_PER_SECOND = 100_000
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
BYTES_OF_FRAME = 1_000  # what a frame without a message of its own counts, besides its bytes
_HEAR_OUT_SECONDS = 2.0


class PacedSocket(WebSocketsSansIOProtocol):
    """uvicorn's websocket, which isn't read for a while once it has sent too much."""

    _paid_at = 0.0  # when what it has sent is made up for, by the loop's clock
    _release: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # All fragments of a message together. uvicorn's is Streamlit's limit for what it sends.
        self.conn.max_message_size = BYTES_OF_MESSAGE

    def data_received(self, data: bytes) -> None:
        if self.conn.parser_exc is None:
            super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            # uvicorn would leave it open, without an answer: a request with a body, for one.
            self.transport.write(_BAD_REQUEST)
            self.transport.close()
        self._count(len(data))
        wait_seconds = self._paid_at - self.loop.time() - BYTES_AT_ONCE / BYTES_PER_SECOND
        if wait_seconds > 0 and not self.transport.is_closing():
            self.transport.pause_reading()
            if self._release is None:
                self._release = self.loop.call_later(wait_seconds, self._read_on)

    def handle_ping(self) -> None:
        self._count(BYTES_OF_FRAME)
        super().handle_ping()

    def handle_pong(self, event: Any) -> None:
        self._count(BYTES_OF_FRAME)
        super().handle_pong(event)

    def handle_cont(self, event: Any) -> None:
        self._count(BYTES_OF_FRAME)
        super().handle_cont(event)

    def handle_parser_exception(self) -> None:
        """End it, but read on for a while: who is cut off while sending never reads why."""
        assert self.conn.close_sent is not None
        code = self.conn.close_sent.code
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(_HEAR_OUT_SECONDS, self.transport.close)

    async def receive(self) -> Any:
        message = await super().receive()  # which reads on once no message is left
        if self._release is not None:
            self.transport.pause_reading()
        return message

    def connection_lost(self, exc: Exception | None) -> None:
        if self._release is not None:
            self._release.cancel()
        super().connection_lost(exc)

    def _count(self, size: int) -> None:
        self._paid_at = max(self._paid_at, self.loop.time()) + size / BYTES_PER_SECOND

    def _read_on(self) -> None:
        self._release = None
        if not self.read_paused:
            self.transport.resume_reading()


def pace_sockets() -> None:
    """Have uvicorn take it where Streamlit asks for the class above, or for any."""
    ours = f"{__name__}:{PacedSocket.__name__}"
    WS_PROTOCOLS.update({"auto": ours, "websockets-sansio": ours})
