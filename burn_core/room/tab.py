"""The socket of a browser tab: the tab says what it shows, and is told when that changes.

It is told the revisions of its topics, and the rows of its thread (broadcast.py). What the tab can
follow is looked at again whenever the rights that it depends on may have changed, so that nobody hears
of a thread that they were removed from.
"""

import asyncio
import json
import logging
import math
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from anyio import CancelScope, create_task_group, to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from burn_core.room.access import NO_RIGHTS, Audience, Place, is_same_origin, split_topic
from burn_core.room.broadcast import Broadcasts
from burn_core.room.live import Follower, Live
from db.errors import Away

_log = logging.getLogger(__name__)
# What a tab can follow at once. It names the most important first (live.js, topics.py).
MOST_TOPICS = 2_000
_MOST_CHARACTERS = 64 * MOST_TOPICS
# What waits to be sent to a tab, in characters.
_MOST_WAITING = 2_000_000
_STUCK_SECONDS = 5.0
# A tab that opens a page says what it shows some ten times within a second.
_SECONDS_A_MESSAGE = 0.2
_BURST_SECONDS = 4.0
# Changes of rights are noticed at once by their topics. This catches sign-ins that ran out, and changes
# whose notification was missed. A tab that isn't told anything doesn't ask.
RIGHTS_SECONDS = 60.0
# A tab whose connection is dead without an end, behind a router that was switched off, finds out by not
# hearing anything for longer than this (live.js).
SILENT_SECONDS = 30.0
_NOTHING = "{}"


async def serve(
    websocket: WebSocket, live: Live, audience: Audience, broadcasts: Broadcasts
) -> None:
    """One browser tab: it sends the topics that it shows, and gets their revisions.

    Of the topic rows:ID it gets the rows of that thread, and of own:ID those of the person's own.
    """
    if not is_same_origin(websocket):
        await websocket.close(code=1008)
        return
    cookie = await to_thread.run_sync(audience.renew_cookie, websocket)
    await websocket.accept(headers=[(b"set-cookie", cookie.encode())] if cookie else None)
    tab = _Tab(websocket, live, audience, broadcasts)
    try:
        async with create_task_group() as tasks:
            tab.drop = tasks.cancel_scope.cancel
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

    def __init__(
        self, websocket: WebSocket, live: Live, audience: Audience, broadcasts: Broadcasts
    ) -> None:
        super().__init__()
        self.visitor = audience.read_visitor(websocket)
        self.drop: Callable[[], None]
        self._websocket = websocket
        self._live = live
        self._audience = audience
        self._broadcasts = broadcasts
        self._frames: list[str] = []
        self._waiting = 0  # characters
        self._sending_since = math.inf  # monotonic
        self.shown_id: UUID | None = None  # the thread whose rows it gets
        self._own_id: UUID | None = None  # the person whose own rows it gets
        self._have: dict[str, int] = {}  # the revisions of the tables that it has
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
                self._wanted, self._have = _read_message(await _receive(self._websocket))
                self._has_news.set()
                now = time.monotonic()
                due = max(due, now - _BURST_SECONDS) + _SECONDS_A_MESSAGE
                await asyncio.sleep(due - now)
        self._is_closed = True
        self._has_news.set()

    async def answer(self) -> None:
        """Tell the tab what is new, after another look at what it can follow. Raises Away."""
        while not self._is_closed:
            if not await self._wait(SILENT_SECONDS):
                await self._websocket.send_text(_NOTHING)
                continue
            self._has_news.clear()
            is_late = time.monotonic() >= self._read_at + RIGHTS_SECONDS
            if has_old_rights := is_late or self._have_rights_changed():
                await self._read_rights()
            if has_old_rights or self._answered is not self._wanted:
                has_joined = self._update_topics()
                await self._update_visit()
                # By now their visit tells what they are looking at.
                if has_joined and self._own_id is not None:
                    self._broadcasts.join_own(self, self._own_id, self._have)
            if self._have_rights_changed():
                self._has_news.set()  # once more: nothing is sent by rights from before
                continue
            news = {t: revision for t, revision in self.take().items() if t in self._wanted}
            frames, self._frames = self._frames, []
            if news:
                await self._websocket.send_text(json.dumps(news))
            for frame in frames:
                self._sending_since = time.monotonic()
                await self._websocket.send_text(frame)
                self._waiting -= len(frame)
            self._sending_since = math.inf

    def give(self, frame: str) -> None:
        """Send it rows, soon. A tab that doesn't take them is dropped: it comes back for what it lacks."""
        self._frames.append(frame)
        self._waiting += len(frame)
        self._has_news.set()
        is_stuck = time.monotonic() - self._sending_since > _STUCK_SECONDS
        if is_stuck and self._waiting > _MOST_WAITING:
            self.drop()

    async def close(self) -> None:
        """The tab is gone: it follows nothing, and its visit is over."""
        self._live.follow(self, [])
        self._show_rows(None, None)
        await self._leave()

    async def _wait(self, seconds: float) -> bool:
        """Whether there may be news, or the tab shows something else, within that time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._has_news.wait()
        return self._has_news.is_set()

    def _have_rights_changed(self) -> bool:
        """Whether they may have changed since they were read."""
        return self._live.get_revision(self._rights.topics) > self._read_revision

    async def _read_rights(self) -> None:
        # Before the rows are read, so that no change is missed in between.
        self._read_revision, self._read_at = self._live.get_revision([]), time.monotonic()
        self._rights = await to_thread.run_sync(self._audience.find_rights, self._websocket)

    def _update_topics(self) -> bool:
        """Follow what the tab wants and can. Returns whether it has joined the broadcasts of rows, perhaps
        once more.
        """
        is_new, self._answered = self._answered is not self._wanted, self._wanted
        allowed = frozenset(filter(self._rights.can_follow, self._wanted))
        lost = (self._allowed - allowed).intersection(self._wanted)
        if allowed != self._allowed or not self._rights.topics <= self.topics:
            self._allowed = allowed
            self._live.follow(self, allowed | self._rights.topics)
            # Once more, so that the tab draws again without what it has lost.
            self._live.tell_again(self, lost)
        ids = dict(reversed([split_topic(topic) for topic in self._wanted if topic in allowed]))
        thread_id, user_id = ids.get("rows"), ids.get("own")
        joins = is_new or (thread_id, user_id) != (self.shown_id, self._own_id)
        if joins:
            self._show_rows(thread_id, user_id)
        return joins

    def _show_rows(self, thread_id: UUID | None, user_id: UUID | None) -> None:
        """Get what the tab lacks of the thread, and what changes there. Leave the person's own for later."""
        for old, new in ((self.shown_id, thread_id), (self._own_id, user_id)):
            if old is not None and old != new:
                self._broadcasts.leave(self, old)
        self._waiting -= sum(map(len, self._frames))
        self._frames = []
        self.shown_id, self._own_id = thread_id, user_id
        if thread_id is not None:
            self._broadcasts.join(self, thread_id, self._have)

    async def _update_visit(self) -> None:
        """A tab that follows the rows of a thread visits it."""
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


def _read_message(text: str) -> tuple[dict[str, None], dict[str, int]]:
    """The topics that the tab shows now, and the revisions of the tables that it has.

    It sends all of them each time that the topics change: {"topics": [...], "have": {...}}, or only a
    list of topics.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}, {}
    parts = said if isinstance(said, dict) else {"topics": said}
    topics, have = parts.get("topics"), parts.get("have")
    named = topics if isinstance(topics, list) else []
    numbers = have if isinstance(have, dict) else {}
    return (
        dict.fromkeys([topic for topic in named if isinstance(topic, str)][:MOST_TOPICS]),
        {name: n for name, n in numbers.items() if type(n) is int and n >= 0},
    )
