"""The live screen: what the triggers notify, passed on to the browsers that show it.

A topic is table:id, as in channel burn_changes. Revisions only grow: a browser that drew at one
revision and hears of a later one draws again. Nothing but revisions goes over the socket.
"""

import asyncio
import itertools
import json
import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from threading import Lock
from uuid import UUID

from anyio import to_thread
from sqlalchemy.exc import OperationalError
from starlette.websockets import WebSocket, WebSocketDisconnect

from burn_core.audience import Audience
from db.alive import show_alive
from db.connection import Connection
from db.listener import Listener

_log = logging.getLogger(__name__)


class Live:
    """The topics of one web process: their revisions, and who listens to them."""

    def __init__(self, url: str, audience: Audience) -> None:
        self._audience = audience
        self._listener = Listener(
            url, "burn_changes", on_notify=self.announce, on_connect=self._connect
        )
        # Above those of any earlier process, so that a browser notices a restart.
        self._numbers = itertools.count(time.time_ns() // 1_000)
        self._floor = self._newest = next(self._numbers)
        self._revisions: dict[str, int] = {}
        self._sockets: dict[str, set[_Socket]] = defaultdict(set)
        self._lock = Lock()

    def start(self) -> None:
        self._listener.start()

    def stop(self) -> None:
        self._listener.stop()

    def get_revision(self, topics: Iterable[str]) -> int:
        """The newest of the topics, or of all there are if none is named.

        Read before the tables, it says which changes a drawing surely holds.
        """
        with self._lock:
            named = [self._revisions.get(topic, 0) for topic in topics] or [self._newest]
            return max(self._floor, *named)

    def announce(self, topic: str) -> None:
        """Something changed: what the listener heard, or what this process itself just did."""
        with self._lock:
            self._newest = revision = self._revisions[topic] = next(self._numbers)
            for socket in self._sockets.get(topic, ()):
                socket.tell({topic: revision})

    def announce_everything(self) -> None:
        """Anything may have changed, as while nobody listened."""
        with self._lock:
            self._floor = next(self._numbers)
            self._revisions.clear()
            for topic, sockets in self._sockets.items():
                for socket in sockets:
                    socket.tell({topic: self._floor})

    def _connect(self, connection: Connection) -> None:
        show_alive(connection, self._audience.web)
        self._audience.forget_the_gone()
        self.announce_everything()

    async def serve(self, websocket: WebSocket) -> None:
        """One browser tab: it says which topics it shows, and hears their revisions."""
        if not _is_same_origin(websocket):
            await websocket.close(code=1008)
            return
        await websocket.accept()
        socket = _Socket(websocket)
        sending = asyncio.create_task(socket.send())
        try:
            while True:
                await self._subscribe(socket, _read_topics(await websocket.receive_text()))
        except WebSocketDisconnect:
            pass
        except OperationalError:
            await websocket.close(code=1013)  # try again later, which the tab does
        finally:
            sending.cancel()
            self._subscribe_to(socket, [])
            await self._leave(socket, list(socket.visits))

    async def _subscribe(self, socket: "_Socket", topics: Iterable[str]) -> None:
        allowed = []
        for topic in topics:
            if topic in socket.topics or await self._enter(socket, topic):
                allowed.append(topic)
        self._subscribe_to(socket, allowed)
        await self._leave(socket, [topic for topic in socket.visits if topic not in allowed])

    async def _enter(self, socket: "_Socket", topic: str) -> bool:
        """Whether the tab may follow the topic. Who follows the visits of a thread visits it."""
        tab = socket.websocket
        if not await to_thread.run_sync(self._audience.may_hear, tab, topic):
            return False
        visit_id = await to_thread.run_sync(self._audience.enter, tab, topic)
        if visit_id is not None:
            socket.visits[topic] = visit_id
        return True

    async def _leave(self, socket: "_Socket", topics: Iterable[str]) -> None:
        for topic in topics:
            visit_id = socket.visits.pop(topic)
            try:
                await to_thread.run_sync(self._audience.leave, visit_id)
            except OperationalError:
                _log.warning("a visit could not be ended, as the database is away")

    def _subscribe_to(self, socket: "_Socket", topics: list[str]) -> None:
        with self._lock:
            for topic in socket.topics:
                self._sockets[topic].discard(socket)
                if not self._sockets[topic]:
                    del self._sockets[topic]
            socket.topics = frozenset(topics)
            for topic in topics:
                self._sockets[topic].add(socket)
            if topics:
                socket.tell({t: max(self._revisions.get(t, 0), self._floor) for t in topics})


class _Socket:
    """A browser tab, and what it has yet to be told."""

    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.topics: frozenset[str] = frozenset()
        self.visits: dict[str, UUID] = {}  # by topic
        self._loop = asyncio.get_running_loop()
        self._news: dict[str, int] = {}
        self._has_news = asyncio.Event()

    def tell(self, news: dict[str, int]) -> None:
        """Safe in any thread."""
        self._loop.call_soon_threadsafe(self._add, news)

    def _add(self, news: dict[str, int]) -> None:
        self._news |= news
        self._has_news.set()

    async def send(self) -> None:
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            news, self._news = self._news, {}
            await self.websocket.send_text(json.dumps(news))


def _is_same_origin(websocket: WebSocket) -> bool:
    # A browser always sends Origin with a WebSocket, and other sites' pages can't forge it.
    origin = websocket.headers.get("origin", "")
    return origin.partition("://")[2] == websocket.headers.get("host")


def _read_topics(text: str) -> list[str]:
    """The topics that the tab shows now: it sends them all each time they change."""
    try:
        topics = json.loads(text)
    except ValueError:
        return []
    return [t for t in topics if isinstance(t, str)][:500] if isinstance(topics, list) else []
