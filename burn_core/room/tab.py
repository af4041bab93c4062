"""The socket of a browser tab: the tab says what it shows, and is told when that changes.

Only revisions go over it. What the tab can follow is looked at again whenever the rights that it
depends on may have changed, so that nobody hears of a thread that they were removed from.
"""

import asyncio
import json
import logging
import time
from contextlib import suppress
from uuid import UUID

from anyio import CancelScope, create_task_group, to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from burn_core.room.access import NO_RIGHTS, Audience, Place, is_same_origin
from burn_core.room.live import Follower, Live
from db.errors import Away

_log = logging.getLogger(__name__)
# What a tab can follow at once. It names the most important first (live.js, topics.py).
MOST_TOPICS = 2_000
_MOST_CHARACTERS = 64 * MOST_TOPICS
# A tab that opens a page says what it shows some ten times within a second.
_SECONDS_A_MESSAGE = 0.2
_BURST_SECONDS = 4.0
# Changes of rights are noticed at once by their topics. This catches those whose notification was
# missed.
RIGHTS_SECONDS = 60.0


async def serve(websocket: WebSocket, live: Live, audience: Audience) -> None:
    """One browser tab: it sends the topics that it shows, and gets their revisions."""
    if not is_same_origin(websocket):
        await websocket.close(code=1008)
        return
    cookie = await to_thread.run_sync(audience.renew_cookie, websocket)
    await websocket.accept(headers=[(b"set-cookie", cookie.encode())] if cookie else None)
    tab = _Tab(websocket, live, audience)
    try:
        async with create_task_group() as tasks:
            tasks.start_soon(tab.listen)
            tasks.start_soon(tab.answer)
    except* WebSocketDisconnect:
        pass
    except* Away:
        await websocket.close(code=1013)  # "try again later": the tab does
    finally:
        with CancelScope(shield=True):
            await tab.close()


class _Tab(Follower):
    """What the tab wants to follow, what it can, and its visit."""

    def __init__(self, websocket: WebSocket, live: Live, audience: Audience) -> None:
        super().__init__()
        self._websocket = websocket
        self._live = live
        self._audience = audience
        self._wanted: dict[str, None] = {}  # a set that keeps its order
        self._answered = self._wanted  # the last one that was acted on
        self._allowed: frozenset[str] = frozenset()
        self._rights = NO_RIGHTS
        self._read_revision = 0
        self._read_at = time.monotonic() - RIGHTS_SECONDS
        self._place: Place | None = None
        self._visit_id: UUID | None = None
        self._is_closed = False

    async def listen(self) -> None:
        """Read what the tab shows, each time that it says so. Messages that come too fast wait."""
        due = 0.0
        with suppress(WebSocketDisconnect):
            while True:
                self._wanted = _read_topics(await _receive(self._websocket))
                self._has_news.set()
                now = time.monotonic()
                due = max(due, now - _BURST_SECONDS) + _SECONDS_A_MESSAGE
                await asyncio.sleep(due - now)
        self._is_closed = True
        self._has_news.set()

    async def answer(self) -> None:
        """Tell the tab what is new, after another look at what it can follow. Raises Away."""
        while not self._is_closed:
            await self._wait(until=self._read_at + RIGHTS_SECONDS)
            has_old_rights = self._has_old_rights()
            if has_old_rights:
                await self._read_rights()
            if has_old_rights or self._answered is not self._wanted:
                self._update_topics()
                await self._update_visit()
            news = {t: revision for t, revision in self.take().items() if t in self._wanted}
            if news:
                await self._websocket.send_text(json.dumps(news))

    async def close(self) -> None:
        """The tab is gone: it follows nothing, and its visit is over."""
        self._live.follow(self, [])
        await self._leave()

    async def _wait(self, until: float) -> None:
        """Return when there may be news or the tab shows something else, or at that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(until - time.monotonic()):
                await self._has_news.wait()
        self._has_news.clear()

    def _has_old_rights(self) -> bool:
        """Whether they may have changed since they were read, or nobody has looked for a while."""
        return (
            self._live.get_revision(self._rights.topics) > self._read_revision
            or time.monotonic() >= self._read_at + RIGHTS_SECONDS
        )

    async def _read_rights(self) -> None:
        # Before the rows are read, so that no change is missed in between.
        self._read_revision, self._read_at = self._live.get_revision([]), time.monotonic()
        self._rights = await to_thread.run_sync(self._audience.find_rights, self._websocket)

    def _update_topics(self) -> None:
        self._answered = self._wanted
        allowed = frozenset(filter(self._rights.can_follow, self._wanted))
        lost = (self._allowed - allowed).intersection(self._wanted)
        if allowed != self._allowed or not self._rights.topics <= self.topics:
            self._allowed = allowed
            self._live.follow(self, allowed | self._rights.topics)
            # Once more, so that the tab draws again without what it has lost.
            self._live.tell_again(self, lost)

    async def _update_visit(self) -> None:
        """A tab that follows the visits of a thread visits it."""
        place = self._rights.find_visited(self._wanted)
        if place != self._place:
            await self._leave()
            self._place = place
            if place is not None:
                self._visit_id = await to_thread.run_sync(self._audience.enter, place)

    async def _leave(self) -> None:
        visit_id, self._visit_id, self._place = self._visit_id, None, None
        if visit_id is None:
            return
        try:
            await to_thread.run_sync(self._audience.leave, visit_id)
        except Away:
            _log.warning("a visit couldn't be ended: the database can't be reached")


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
