"""A model that gives the answers of a test: as an object, and as a server for the real SDK."""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from burn_core.model import Reply, Request, ToolUse, Usage
from burn_core.runs.worker import Worker
from db.schema import Json


@dataclass
class ScriptedModel:
    """Gives the enqueued answers in order, and keeps the requests."""

    answers: deque[Reply | BaseException] = field(default_factory=deque)
    history: list[Request] = field(default_factory=list)
    may_answer: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    def enqueue(self, *answers: Reply | BaseException) -> None:
        self.answers.extend(answers)

    def ask(self, request: Request) -> Reply:
        self.history.append(request)
        assert self.may_answer.wait(30)
        answer = self.answers.popleft()
        if isinstance(answer, BaseException):
            raise answer
        return answer


def make_reply(name: str = "do_nothing", stop_reason: str = "tool_use", **input: Any) -> Reply:
    use = ToolUse("toolu_scripted", name, input)
    content = [{"type": "tool_use", "id": use.id, "name": name, "input": input}]
    return Reply("scripted", stop_reason, [use], content, Usage(10, 5))


@dataclass
class ScriptedServer:
    """The Messages API on loopback: enqueue (status, body, headers)."""

    url: str = ""
    answers: deque[tuple[int, Any, dict[str, str]]] = field(default_factory=deque)
    requests: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def enqueue(self, body: Any, status: int = 200, **headers: str) -> None:
        self.answers.append((status, body, headers))

    def enqueue_error(self, status: int, message: str, **headers: str) -> None:
        self.enqueue(
            {"type": "error", "error": {"type": "e", "message": message}}, status, **headers
        )


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    script = ScriptedServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            script.paths.append(self.path)
            script.requests.append(json.loads(self.rfile.read(length)))
            script.headers.append({k.lower(): v for k, v in self.headers.items()})
            status, body, headers = script.answers.popleft()
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()


def make_message(*content: Json, stop_reason: str = "tool_use", **more: Any) -> Json:
    """A message as the API sends it."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test",
        "content": list(content),
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 3, "cache_read_input_tokens": 7},
    } | more


def make_block(name: str = "do_nothing", **input: Any) -> Json:
    return {"type": "tool_use", "id": "toolu_1", "name": name, "input": input}


def list_roles(messages: Sequence[Json]) -> list[str]:
    return [message["role"] for message in messages]


@contextmanager
def running_here(worker: Worker) -> Iterator[None]:
    """The worker works in a thread of this process until the block ends."""
    thread = Thread(target=worker.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(10)
        assert not thread.is_alive()
