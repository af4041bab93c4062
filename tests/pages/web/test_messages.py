"""Floods of messages: they are held back, for their own socket and address alone."""

import asyncio
from collections.abc import Hashable
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from pages.web import messages, pace
from pages.web.messages import KnownMessages
from pages.web.pace import Pace
from tests.making import run_for

HALL = "192.0.2.7"
HEARTBEAT = BackMsg(app_heartbeat=True)
WHOLE_PAGE = BackMsg(rerun_script=ClientState(query_string=""))
FRAGMENT = BackMsg(rerun_script=ClientState(fragment_id="a"))


@pytest.fixture(autouse=True)
def _callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's scopes say who is calling."""
    monkeypatch.setattr(messages, "find_caller", lambda connection: connection.scope["caller"])


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long messages would be held back, in seconds. Nothing really waits, and no time passes."""
    told: list[float] = []

    class Told(Pace):
        def take(self, whom: Hashable) -> float:
            seconds = super().take(whom)
            if seconds > 1e-6:  # what is left of adding up fractions
                told.append(seconds)
            return 0.0

    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: 0.0))
    monkeypatch.setattr(messages, "Pace", Told)
    return told


def make_scope(caller: UUID | str = HALL) -> Scope:
    headers = [(b"host", b"burn"), (b"origin", b"http://burn")]
    return {
        "type": "websocket",
        "path": "/_stcore/stream",
        "headers": headers,
        "caller": caller,
    }


def send_all(app: KnownMessages, sent: list[BackMsg], caller: UUID | str = HALL) -> None:
    frames = [{"type": "websocket.receive", "bytes": it.SerializeToString()} for it in sent]
    frames.append({"type": "websocket.disconnect", "code": 1000})

    async def receive() -> Message:
        return frames.pop(0)

    async def send(message: Message) -> None:
        raise AssertionError(message)

    run_for(app(make_scope(caller), receive, send))
    assert not frames


def make_app() -> KnownMessages:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    return KnownMessages(serve)


@pytest.mark.parametrize("message", [HEARTBEAT, WHOLE_PAGE, FRAGMENT, BackMsg()], ids=str)
def test_a_socket_that_floods_is_held_to_10_messages_a_second(
    waits: list[float], message: BackMsg
) -> None:
    app = make_app()
    send_all(app, [message] * 50)
    assert waits == []
    send_all(app, [message] * 60)
    assert waits == pytest.approx([0.1 * n for n in range(1, 11)], abs=0.05)


def test_whole_pages_of_an_address_are_held_to_20_a_second_and_news_are_not(
    waits: list[float],
) -> None:
    app = make_app()
    for _ in range(15):
        send_all(app, [WHOLE_PAGE] * 40)
    assert waits == []
    send_all(app, [WHOLE_PAGE] * 4)
    assert waits == pytest.approx([0.05, 0.1, 0.15, 0.2], abs=0.04)
    send_all(app, [FRAGMENT] * 50)
    send_all(app, [WHOLE_PAGE] * 50, "192.0.2.8")
    assert len(waits) == 4


def test_parts_of_pages_of_a_browser_are_held_to_30_a_second_and_a_halls_are_not(
    waits: list[float],
) -> None:
    app, ada = make_app(), uuid4()
    for _ in range(15):
        send_all(app, [FRAGMENT] * 40, ada)
    assert waits == []
    send_all(app, [FRAGMENT] * 4, ada)
    assert waits == pytest.approx([n / 30 for n in range(1, 5)], abs=0.02)
    for _ in range(20):
        send_all(app, [FRAGMENT] * 40)
    assert len(waits) == 4


def test_parts_that_name_another_address_count_as_the_whole_pages_that_they_draw(
    waits: list[float],
) -> None:
    app = make_app()
    elsewhere = BackMsg(rerun_script=ClientState(fragment_id="a", query_string="thread=b"))
    for _ in range(15):
        send_all(app, [elsewhere, FRAGMENT] * 20)
    assert waits == []
    send_all(app, [elsewhere, elsewhere, FRAGMENT, FRAGMENT])
    assert waits == pytest.approx([0.05, 0.1], abs=0.04)


class Phone:
    """A websocket of somebody at the address."""

    def __init__(self, app: KnownMessages) -> None:
        self.sent: asyncio.Queue[Message] = asyncio.Queue()
        self.task = asyncio.ensure_future(app(make_scope(), self.sent.get, self._send))

    def ask(self, *asked: BackMsg) -> None:
        for it in asked:
            message = {"type": "websocket.receive", "bytes": it.SerializeToString()}
            self.sent.put_nowait(message)

    def go(self) -> None:
        self.sent.put_nowait({"type": "websocket.disconnect", "code": 1000})

    async def _send(self, message: Message) -> None:
        raise AssertionError(message)


def test_who_goes_away_while_a_message_waits_is_let_go_and_its_turn_goes_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "WHOLE_PAGES", (10, 20.0))
    app = make_app()

    async def flood() -> None:
        for _ in range(1_000):
            phone = Phone(app)
            phone.ask(WHOLE_PAGE, HEARTBEAT)
            phone.go()
            await phone.task

    run_for(flood())
    # The thousand would have taken 50 s.
    assert app._whole_pages.take(HALL) < 1


def test_a_message_that_waits_is_taken_at_its_turn_and_so_are_those_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "WHOLE_PAGES", (1, 20.0))
    served: list[Message] = []

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "websocket.disconnect":
            served.append(message)

    async def ask() -> None:
        phone = Phone(KnownMessages(serve))
        asked = [WHOLE_PAGE, WHOLE_PAGE, HEARTBEAT, WHOLE_PAGE]
        phone.ask(*asked)
        while len(served) < len(asked):
            await asyncio.sleep(0.01)
        assert [it["bytes"] for it in served] == [it.SerializeToString() for it in asked]
        phone.go()
        await phone.task

    run_for(ask())


def test_who_sends_too_much_while_a_message_waits_is_not_read_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "WHOLE_PAGES", (1, 0.01))

    async def flood() -> None:
        for message, most in (
            (HEARTBEAT, messages.MOST_EARLY),
            (BackMsg(rerun_script=ClientState(query_string="x" * 90_000)), 2),
        ):
            phone = Phone(make_app())
            phone.ask(WHOLE_PAGE, WHOLE_PAGE, *[message] * 40)
            while phone.sent.qsize() > 40 - most:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)
            assert phone.sent.qsize() == 40 - most
            phone.task.cancel()

    run_for(flood())
