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
from contextlib import suppress
from threading import Lock
from uuid import UUID

from anyio import CancelScope, create_task_group, to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from burn_core.room.access import NO_RIGHTS, Audience, Place
from db.connection import Connection
from db.errors import Away
from db.listener import Listener
from db.locks import hold_liveness_lock

_log = logging.getLogger(__name__)
# What a tab can follow at once. It names the most important first (live.js, topics.py).
MOST_TOPICS = 2_000
_MOST_CHARACTERS = 64 * MOST_TOPICS
# A tab that opens a page says what it shows some ten times within a second.
_SECONDS_A_MESSAGE = 0.2
_BURST_SECONDS = 4.0
# Changes of rights are noticed at once by their topics. This is for one that nobody was told of.
RIGHTS_SECONDS = 60.0


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
        if not _is_same_origin(websocket):
            await websocket.close(code=1008)
            return
        await websocket.accept()
        socket = _Socket(websocket)
        try:
            async with create_task_group() as tasks:
                tasks.start_soon(socket.listen)
                tasks.start_soon(self._tell, socket)
        except* WebSocketDisconnect:
            pass
        except* Away:
            await websocket.close(code=1013)  # "try again later": the tab does
        finally:
            self.follow(socket, [])
            with CancelScope(shield=True):
                await self._leave(socket)

    async def _tell(self, socket: "_Socket") -> None:
        """Tell the tab what is new, after another look at what it can follow."""
        while not socket.is_over:
            await socket.wait(until=socket.checked_at + RIGHTS_SECONDS)
            if self._has_old_rights(socket):
                socket.checked_revision, socket.checked_at = self.get_revision([]), time.monotonic()
                socket.rights = await to_thread.run_sync(
                    self._audience.find_rights, socket.websocket
                )
            self._update_topics(socket)
            await self._update_visit(socket)
            news = {t: revision for t, revision in socket.take().items() if t in socket.wanted}
            if news:
                await socket.websocket.send_text(json.dumps(news))

    def _has_old_rights(self, socket: "_Socket") -> bool:
        """Whether they may have changed since they were read, or nobody has looked for a while."""
        return (
            self.get_revision(socket.rights.topics) > socket.checked_revision
            or time.monotonic() >= socket.checked_at + RIGHTS_SECONDS
        )

    def _update_topics(self, socket: "_Socket") -> None:
        allowed = frozenset(filter(socket.rights.can_follow, socket.wanted))
        # The tab is told once more of a topic that it can no longer follow, and so draws again.
        lost = (socket.allowed - allowed).intersection(socket.wanted)
        if allowed != socket.allowed or not socket.rights.topics <= socket.topics:
            socket.allowed = allowed
            self.follow(socket, allowed | socket.rights.topics)
            socket.tell({topic: next(self._numbers) for topic in lost})

    async def _update_visit(self, socket: "_Socket") -> None:
        """A tab that follows the visits of a thread visits it."""
        place = socket.rights.find_visited(socket.wanted)
        if place != socket.place:
            await self._leave(socket)
            socket.place = place
            if place is not None:
                socket.visit_id = await to_thread.run_sync(self._audience.enter, place)

    async def _leave(self, socket: "_Socket") -> None:
        visit_id, socket.visit_id, socket.place = socket.visit_id, None, None
        if visit_id is None:
            return
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

    def take(self) -> dict[str, int]:
        """The news so far, which then counts as told."""
        news, self._news = self._news, {}
        return news

    async def hear(self) -> dict[str, int]:
        """The news, as soon as there is any."""
        await self._has_news.wait()
        self._has_news.clear()
        return self.take()


class _Socket(Follower):
    """A browser tab: what it wants to follow, what it can, and its visit."""

    def __init__(self, websocket: WebSocket) -> None:
        super().__init__()
        self.websocket = websocket
        self.wanted: dict[str, None] = {}  # a set that keeps its order
        self.allowed: frozenset[str] = frozenset()
        self.is_over = False
        self.rights = NO_RIGHTS
        self.checked_revision = 0
        self.checked_at = time.monotonic() - RIGHTS_SECONDS
        self.place: Place | None = None
        self.visit_id: UUID | None = None

    async def listen(self) -> None:
        """Read what the tab shows, each time that it says so. Messages that come too fast wait."""
        due = 0.0
        with suppress(WebSocketDisconnect):
            while True:
                self.wanted = _read_topics(await _receive(self.websocket))
                self._has_news.set()
                now = time.monotonic()
                due = max(due, now - _BURST_SECONDS) + _SECONDS_A_MESSAGE
                await asyncio.sleep(due - now)
        self.is_over = True
        self._has_news.set()

    async def wait(self, until: float) -> None:
        """Return when there may be news or the tab shows something else, or at that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(until - time.monotonic()):
                await self._has_news.wait()
        self._has_news.clear()


def _is_same_origin(websocket: WebSocket) -> bool:
    # Browsers always send Origin with a WebSocket, and pages of other sites can't forge it.
    origin = websocket.headers.get("origin", "")
    return origin.partition("://")[2] == websocket.headers.get("host")


async def _receive(websocket: WebSocket) -> str:
    """The next message, or "" for one that isn't text."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    text: str = message.get("text") or ""
    if len(text) > _MOST_CHARACTERS:
        await websocket.close(code=1009)  # "message too big"
        raise WebSocketDisconnect(1009)
    return text


def _read_topics(text: str) -> dict[str, None]:
    """The topics that the tab shows now. It sends all of them each time they change."""
    try:
        topics = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    named = topics if isinstance(topics, list) else []
    return dict.fromkeys([topic for topic in named if isinstance(topic, str)][:MOST_TOPICS])
