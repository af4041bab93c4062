"""How many websockets and streams somebody can hold open at once."""

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from pages.web import open_connections
from pages.web.open_connections import OpenConnections
from tests.making import run_for

HALL, ADA = "192.0.2.7", uuid4()
ENDED = {"type": "websocket.close", "code": 1013}


@pytest.fixture(autouse=True)
def _callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's scopes say who is calling."""

    def find_caller(connection: HTTPConnection) -> UUID | str:
        caller: UUID | str = connection.scope["caller"]
        return caller

    monkeypatch.setattr(open_connections, "find_caller", find_caller)


class Server:
    """Burn's part: it holds each connection until told to let go."""

    def __init__(self) -> None:
        self.held = 0
        self.let_go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.held += 1
        await self.let_go.wait()


async def open_all(
    app: OpenConnections, count: int, caller: UUID | str, type: str, path: str
) -> tuple[list[asyncio.Task[None]], list[Message]]:
    """The connections, after all that can be done without waiting, and what they were sent."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope: Scope = {"type": type, "path": path, "caller": caller, "headers": []}
    tasks = [asyncio.ensure_future(app(scope, receive, send)) for _ in range(count)]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks, sent


@pytest.mark.parametrize("path", ["/_stcore/stream", "/live"])
def test_an_address_has_600_sockets_of_each_kind_and_a_browser_200(path: str) -> None:
    async def flood() -> None:
        server = Server()
        app = OpenConnections(server)
        phones, sent = await open_all(app, 601, HALL, "websocket", path)
        assert (server.held, sent) == (601, [ENDED])
        tabs, sent = await open_all(app, 202, ADA, "websocket", path)
        assert (server.held, sent) == (803, [ENDED] * 2)
        # Others, and the other kind, don't meet that limit.
        more, sent = await open_all(app, 1, "192.0.2.8", "websocket", path)
        streams, _ = await open_all(app, 1, HALL, "http", "/sync/events")
        assert (server.held, sent) == (805, [])
        server.let_go.set()
        await asyncio.gather(*phones, *tabs, *more, *streams)
        again, sent = await open_all(app, 600, HALL, "websocket", path)
        assert sent == []
        await asyncio.gather(*again)

    run_for(flood())


class Phone:
    """A websocket of somebody at the address, as the server has it."""

    def __init__(self, app: OpenConnections) -> None:
        self.is_ended = False
        self._messages: asyncio.Queue[Message] = asyncio.Queue()
        scope: Scope = {"type": "websocket", "path": "/live", "caller": HALL, "headers": []}
        self.task = asyncio.ensure_future(app(scope, self._messages.get, self._send))

    def say(self, type: str = "receive") -> None:
        self._messages.put_nowait({"type": f"websocket.{type}", "code": 1000})

    async def _send(self, message: Message) -> None:
        self.is_ended = message["type"] == "websocket.close"
        self.say("disconnect")  # as uvicorn does


async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_silent_sockets_make_room_for_those_that_act() -> None:
    async def flood() -> None:
        app = OpenConnections(read_all, of_address=5)
        acting = [Phone(app), Phone(app)]
        await settle()
        for phone in acting:
            phone.say()
        await settle()
        idle = [Phone(app) for _ in range(20)]
        await settle()
        assert [each.is_ended for each in idle] == [True] * 17 + [False] * 3
        assert not any(each.is_ended for each in acting)
        # Of those that have all said something, the one ends that did so first.
        for phone in (*idle[17:], acting[0]):
            phone.say()
        await settle()
        last = Phone(app)
        await settle()
        assert [each.is_ended for each in acting] == [False, True]
        phones = [*acting, *idle, last]
        assert [each.task.done() for each in phones] == [each.is_ended for each in phones]
        for phone in phones:
            phone.say("disconnect")
        await asyncio.gather(*(each.task for each in phones))

    run_for(flood())


def test_one_that_doesnt_read_keeps_nobody_waiting() -> None:
    async def flood() -> None:
        server, never = Server(), asyncio.Event()

        async def receive() -> Message:
            return {"type": "websocket.connect"}

        async def send(message: Message) -> None:
            await never.wait()

        scope: Scope = {"type": "websocket", "path": "/live", "caller": HALL, "headers": []}
        app = OpenConnections(server, of_address=1)
        opened = [asyncio.ensure_future(app(scope, receive, send)) for _ in range(3)]
        await settle()
        assert server.held == 3
        server.let_go.set()
        never.set()
        await asyncio.gather(*opened)

    run_for(flood())


def test_what_serves_one_that_is_ended_ends_whatever_it_waits_for() -> None:
    async def flood() -> None:
        app = OpenConnections(Server(), of_address=1)
        phones = [Phone(app) for _ in range(3)]
        await settle()
        assert [each.is_ended for each in phones] == [True, True, False]
        assert [each.task.done() for each in phones] == [True, True, False]
        await asyncio.gather(*(each.task for each in phones[:2]))
        # What isn't ended by Burn isn't hidden from its server.
        phones[2].task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await phones[2].task

    run_for(flood())


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    """What Streamlit does with a websocket that has gone away while it was sending."""
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        await websocket.send_bytes(b"news")
    try:
        await websocket.receive_bytes()
    except RuntimeError:
        await websocket.close()
        raise


def test_a_client_that_goes_away_early_is_no_error() -> None:
    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        if message["type"] != "websocket.accept":
            raise OSError

    scope: Scope = {"type": "websocket", "path": "/live", "caller": HALL, "headers": []}
    run_for(OpenConnections(stream)(scope, receive, send))


def test_one_that_is_ended_before_it_is_accepted_is_no_error() -> None:
    async def flood() -> None:
        opened = asyncio.Event()

        async def accept(scope: Scope, receive: Receive, send: Send) -> None:
            await opened.wait()
            await WebSocket(scope, receive, send).accept()

        app = OpenConnections(accept, of_address=1)
        phones = [Phone(app), Phone(app)]
        for phone in phones:
            phone.say("connect")
        await settle()
        opened.set()
        await asyncio.gather(*(each.task for each in phones))
        assert [each.is_ended for each in phones] == [True, False]

    run_for(flood())


def test_too_many_open_streams_are_refused_in_words() -> None:
    async def flood() -> None:
        server = Server()
        opened, sent = await open_all(OpenConnections(server), 201, ADA, "http", "/sync/events")
        assert server.held == 200
        assert sent[0]["status"] == 429
        assert b"Too many streams are open" in sent[1]["body"]
        server.let_go.set()
        await asyncio.gather(*opened)

    run_for(flood())
