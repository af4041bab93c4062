"""One response: its lines, for as long as it is open."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from burn_core.errors import UserError
from burn_core.room.live import Follower, Live
from burn_core.sync.changes import Change, Page, read_page, take_horizon
from burn_core.sync.offset import Offset
from burn_core.sync.subscriber import StreamRequest, find_subscriber, list_topics
from db.errors import Away

T = TypeVar("T")
_LINES_AT_ONCE = 1_000
# Each client that doesn't read holds a page.
_BYTES_AT_ONCE = 500_000
_GATHER_SECONDS = 0.05
# The fallback for missed notifications. Also, proxies cut connections that are silent for a minute.
_POLL_SECONDS = 20


class RunQuery(Protocol):
    """Runs a function in a transaction and a worker thread of its own. Raises Away."""

    async def __call__(self, function: Callable[[Session], T]) -> T: ...


class Feed:
    """What the subscriber is missing, and then what becomes new."""

    def __init__(
        self, run_query: RunQuery, live: Live, request: StreamRequest, offset: Offset
    ) -> None:
        self._run_query = run_query
        self._live = live
        self._request = request
        self._offset = offset
        self._lines_at_once = _LINES_AT_ONCE
        self._follower = Follower()
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End the response. Safe in any thread, and in a signal handler."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._follower.tell({})

    async def wait_for_stop(self, seconds: float) -> None:
        """Return this many seconds after stop is called."""
        await self._stopped.wait()
        await asyncio.sleep(seconds)

    def leave(self) -> None:
        """The response is over."""
        self._live.follow(self._follower, [])

    async def read(self) -> AsyncIterator[bytes]:
        """The lines, many in each chunk."""
        try:
            async for lines in self._follow():
                yield lines
        except UserError as error:
            yield self._write_control("error", str(error))
        except Away as error:
            message = f"{error.words} Go on from this offset in a moment."
            yield self._write_control("error", message)

    async def _follow(self) -> AsyncIterator[bytes]:
        is_due = True  # an up-to-date line comes even if there were no changes
        while not self._stopped.is_set():
            await self._subscribe()
            # The next batch has what changed while a batch of many pages was read, or since a client
            # was cut off in the middle of one.
            is_rest, pages = bool(self._offset.until), 0
            async for lines in self._read_batch():
                is_due = True
                pages += 1
                yield lines
            if is_rest or pages > 1:
                continue
            if is_due and not self._stopped.is_set():
                yield self._write_control("up-to-date")
            if not self._request.is_live:
                return
            is_due = not await self._wait_for_news()

    async def _subscribe(self) -> None:
        """Before anything is read, so that no change is missed in between."""
        topics = await self._run_query(self._list_topics)
        if topics != self._follower.topics:
            self._live.follow(self._follower, topics)

    async def _read_batch(self) -> AsyncIterator[bytes]:
        taken_at = self._offset.taken_at
        if not self._offset.until:
            taken_at = int(time.time())
            self._offset = self._offset.begin(await self._run_query(take_horizon))
        is_over = False
        while not is_over:
            if self._stopped.is_set():
                return
            page = await self._run_query(self._read_page)
            is_over = page.is_last
            lines = b"".join(map(self._write_change, page.changes))
            self._lines_at_once = _choose_limit(page)
            del page  # while the client is yet to read the lines
            if lines:
                yield lines
        self._offset = self._offset.end(taken_at)

    def _list_topics(self, session: Session) -> frozenset[str]:
        subscriber = find_subscriber(session, self._request)
        return frozenset(list_topics(session, subscriber, self._request))

    def _read_page(self, session: Session) -> Page:
        subscriber = find_subscriber(session, self._request)
        return read_page(
            *(session, self._request.table, subscriber, self._offset),
            *(self._lines_at_once, _BYTES_AT_ONCE),
        )

    def _write_change(self, change: Change) -> bytes:
        self._offset = self._offset.move(change.xid, change.id)
        op = "delete" if change.row is None else "put"
        line = (
            f'{{"op": "{op}", "table": "{self._request.table}", "id": "{change.id}",'
            f' "offset": "{self._offset}"'
        )
        return (line + (f', "row": {change.row}' if change.row else "") + "}\n").encode()

    def _write_control(self, op: str, message: str | None = None) -> bytes:
        line = {"op": op, "offset": str(self._offset)}
        return (json.dumps(line | ({"message": message} if message else {})) + "\n").encode()

    async def _wait_for_news(self) -> bool:
        """Wait for news, and a moment longer to gather more. False if none came for a while."""
        try:
            await asyncio.wait_for(self._follower.hear(), _POLL_SECONDS)
        except TimeoutError:
            return False
        if not self._stopped.is_set():
            await asyncio.sleep(_GATHER_SECONDS)
        return True


def _choose_limit(page: Page) -> int:
    """The most lines of the next page. Postgres writes them all, also those that a page is cut before."""
    return 2 * len(page.changes) if page.is_cut else _LINES_AT_ONCE
