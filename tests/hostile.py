"""A server that sends whatever bytes a test wants, as slowly as it wants."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

from db.schema import Json

# Gives the parts of an answer for a request, which are sent one by one.
Answer = Callable[[Json], Iterable[bytes]]
_SOON = 0.05


@contextmanager
def hostile_server(answers: dict[str, Answer]) -> Iterator[str]:
    """The address of a server that answers a request by the name that its context says: `case …`.

    An answer may go on for ever: it ends with the server, or when its client hangs up.
    """
    stopping = Event()

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            request = self._read_request()
            with suppress(OSError):
                for part in answers[_find_case(request)](request):
                    self.wfile.write(part)
                    if stopping.is_set():
                        return

        def _read_request(self) -> Json:
            length = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            body: Json = json.loads(self.rfile.read(length))
            return body

    class Server(ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 100

    with Server(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=[_SOON], daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            stopping.set()
            server.shutdown()


def _find_case(request: Json) -> str:
    match = re.search(r"case ([^\n\"]+?)\.", request["messages"][0]["content"])
    assert match is not None
    return match[1]


def http(body: Any, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer. A body that isn't bytes is sent as JSON."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"content_type": "application/json", "content_length": str(len(payload))} | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1") + payload


def repeat(start: bytes, part: bytes, pause_seconds: float = 0.1) -> Answer:
    """An answer that begins with start, and goes on with part for ever."""
    pause = Event()

    def answer(request: Json) -> Iterator[bytes]:
        yield start
        while True:
            pause.wait(pause_seconds)
            yield part

    return answer
