"""The one source of changes: what the triggers notify, passed on to the tabs that show it.

A topic is table:id, as on the channel burn_changes. Revisions only grow: a browser that drew at one
revision and is told a later one draws again. Only revisions go over the socket. Streams
(burn_core/sync) follow the same topics.
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
from starlette.websockets import WebSocket, WebSocketDisconnect

from burn_core.room.access import Audience, is_same_origin
from db.connection import Connection
from db.errors import Away
from db.listener import Listener
from db.locks import hold_liveness_lock

_log = logging.getLogger(__name__)
# What a tab can follow at once. It names the most important first (live.js, topics.py).
MOST_TOPICS = 2_000


class Live:
    """The topics of one web process: their revisions, and who follows them."""

    def __init__(self, url: str, audience: Audience) -> None:
        self._audience = audience
        self._listener = Listener(
            url, "burn_changes", on_notify=self.announce, on_connect=self._connect
        )
        # Higher than those of any earlier process, so that browsers notice a restart.
        self._numbers = itertools.count(time.time_ns() // 1_000)
        self._floor = self._newest = next(self._numbers)
        self._revisions: dict[str, int] = {}
        self._followers: dict[str, set[Follower]] = defaultdict(set)
        self._lock = Lock()

    def start(self) -> None:
        self._listener.start()

    def stop(self) -> None:
        self._listener.stop()

    def get_revision(self, topics: Iterable[str]) -> int:
        """The newest revision of these topics, or of all topics if none is given.

        Read it before the tables: a drawing has at least the changes up to then.
        """
        with self._lock:
            named = [self._revisions.get(topic, 0) for topic in topics] or [self._newest]
            return max(self._floor, *named)

    def announce(self, topic: str) -> None:
        """Something changed: the listener heard of it, or this process did it."""
        with self._lock:
            self._newest = revision = self._revisions[topic] = next(self._numbers)
            for follower in self._followers.get(topic, ()):
                follower.tell({topic: revision})

    def announce_everything(self) -> None:
        """Anything may have changed, because nobody was listening for a while."""
        with self._lock:
            self._floor = next(self._numbers)
            self._revisions.clear()
            for topic, followers in self._followers.items():
                for follower in followers:
                    follower.tell({topic: self._floor})

    def follow(self, follower: "Follower", topics: Iterable[str]) -> None:
        """Follow these topics instead of those before. Their present revisions are told at once."""
        with self._lock:
            for topic in follower.topics:
                self._followers[topic].discard(follower)
                if not self._followers[topic]:
                    del self._followers[topic]
            follower.topics = frozenset(topics)
            for topic in follower.topics:
                self._followers[topic].add(follower)
            if follower.topics:
                floor = self._floor
                follower.tell({t: max(self._revisions.get(t, 0), floor) for t in follower.topics})

    def _connect(self, connection: Connection) -> None:
        hold_liveness_lock(connection, self._audience.web)
        self._audience.delete_stale_visits()
        self.announce_everything()

    async def serve(self, websocket: WebSocket) -> None:
        """One browser tab: it sends the topics that it shows, and gets their revisions."""
        if not is_same_origin(websocket):
            await websocket.close(code=1008)
            return
        cookie = await to_thread.run_sync(self._audience.renew_cookie, websocket)
        await websocket.accept(headers=[(b"set-cookie", cookie.encode())] if cookie else None)
        socket = _Socket(websocket)
        sending = asyncio.create_task(socket.send())
        try:
            while True:
                await self._subscribe(socket, _read_topics(await websocket.receive_text()))
        except WebSocketDisconnect:
            pass
        except Away:
            await websocket.close(code=1013)  # "try again later": the tab does
        finally:
            sending.cancel()
            self.follow(socket, [])
            await self._leave(socket, list(socket.visits))

    async def _subscribe(self, socket: "_Socket", topics: Iterable[str]) -> None:
        topics = list(topics)
        unknown = [topic for topic in topics if topic not in socket.topics]
        heard = await to_thread.run_sync(self._audience.list_allowed, socket.websocket, unknown)
        for topic in heard:
            if topic.startswith("visits:"):
                await self._enter(socket, topic)
        allowed = socket.topics.union(heard).intersection(topics)
        self.follow(socket, allowed)
        await self._leave(socket, [topic for topic in socket.visits if topic not in allowed])

    async def _enter(self, socket: "_Socket", topic: str) -> None:
        """A tab that follows the visits of a thread visits it."""
        visit_id = await to_thread.run_sync(self._audience.enter, socket.websocket, topic)
        if visit_id is not None:
            socket.visits[topic] = visit_id

    async def _leave(self, socket: "_Socket", topics: Iterable[str]) -> None:
        for topic in topics:
            visit_id = socket.visits.pop(topic)
            try:
                await to_thread.run_sync(self._audience.leave, visit_id)
            except Away:
                _log.warning("a visit couldn't be ended: the database can't be reached")


class Follower:
    """Somebody who follows topics, and the news that they haven't been told yet."""

    def __init__(self) -> None:
        self.topics: frozenset[str] = frozenset()
        self._loop = asyncio.get_running_loop()
        self._news: dict[str, int] = {}
        self._has_news = asyncio.Event()

    def tell(self, news: dict[str, int]) -> None:
        """Safe in any thread."""
        self._loop.call_soon_threadsafe(self._add, news)

    def _add(self, news: dict[str, int]) -> None:
        self._news |= news
        self._has_news.set()

    async def hear(self) -> dict[str, int]:
        """The news, as soon as there is any."""
        await self._has_news.wait()
        self._has_news.clear()
        news, self._news = self._news, {}
        return news


class _Socket(Follower):
    """A browser tab."""

    def __init__(self, websocket: WebSocket) -> None:
        super().__init__()
        self.websocket = websocket
        self.visits: dict[str, UUID] = {}  # by topic

    async def send(self) -> None:
        while True:
            await self.websocket.send_text(json.dumps(await self.hear()))


def _read_topics(text: str) -> list[str]:
    """The topics that the tab shows now. It sends all of them each time they change."""
    try:
        topics = json.loads(text)
    except ValueError:
        return []
    named = topics if isinstance(topics, list) else []
    return [topic for topic in named if isinstance(topic, str)][:MOST_TOPICS]
