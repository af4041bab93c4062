"""One answer: its lines, for as long as it is open."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from burn_core.errors import UserError
from burn_core.room.live import Follower, Live
from burn_core.sync.changes import Change, list_changes, take_snapshot
from burn_core.sync.offset import Offset
from burn_core.sync.subscriber import Question, find_reader, list_topics

T = TypeVar("T")
_LINES_AT_ONCE = 1_000
_GATHER_SECONDS = 0.05
# Notifications are hints. And proxies cut what is silent for a minute.
_POLL_SECONDS = 20


class Query(Protocol):
    """Runs a function of a session in a transaction and a thread of its own."""

    async def __call__(self, function: Callable[[Session], T]) -> T: ...


class Feed:
    """What the reader has yet to get, and then what becomes new."""

    def __init__(self, query: Query, live: Live, question: Question, offset: Offset) -> None:
        self._query = query
        self._live = live
        self._question = question
        self._offset = offset
        self._follower = Follower()
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End the answer. Safe in any thread, and in a signal handler."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._follower.tell({})

    async def wait_for_stop(self, seconds: float) -> None:
        """Until so many seconds after the answer was to end."""
        await self._stopped.wait()
        await asyncio.sleep(seconds)

    def leave(self) -> None:
        """The answer is over."""
        self._live.follow(self._follower, [])

    async def read(self) -> AsyncIterator[bytes]:
        """The lines, many at a time."""
        try:
            async for lines in self._follow():
                yield lines
        except UserError as error:
            yield self._write_control("error", str(error))
        except OperationalError:
            message = "The database is away. Go on from this offset in a moment."
            yield self._write_control("error", message)

    async def _follow(self) -> AsyncIterator[bytes]:
        is_due = True  # to say that there is no more, even if there was nothing
        while not self._stopped.is_set():
            await self._subscribe()
            # What changed while a batch of many pages was read, or since a client was cut in the
            # midst of one, is in the next.
            is_rest, pages = bool(self._offset.until), 0
            async for lines in self._read_batch():
                is_due = True
                pages += 1
                yield lines
            if is_rest or pages > 1:
                continue
            if is_due and not self._stopped.is_set():
                yield self._write_control("up-to-date")
            if not self._question.is_live:
                return
            is_due = not await self._hear()

    async def _subscribe(self) -> None:
        """Before anything is read, so that no change falls in between."""
        topics = await self._query(self._list_topics)
        if topics != self._follower.topics:
            self._live.follow(self._follower, topics)

    async def _read_batch(self) -> AsyncIterator[bytes]:
        taken_at = self._offset.taken_at
        if not self._offset.until:
            taken_at = int(time.time())
            self._offset = self._offset.begin(await self._query(take_snapshot))
        is_over = False
        while not is_over:
            if self._stopped.is_set():
                return
            changes = await self._query(self._list_changes)
            is_over = len(changes) < _LINES_AT_ONCE
            if changes:
                yield b"".join(map(self._write_change, changes))
        self._offset = self._offset.end(taken_at)

    def _list_topics(self, session: Session) -> frozenset[str]:
        reader = find_reader(session, self._question)
        return frozenset(list_topics(session, reader, self._question))

    def _list_changes(self, session: Session) -> Sequence[Change]:
        reader = find_reader(session, self._question)
        return list_changes(session, self._question.table, reader, self._offset, _LINES_AT_ONCE)

    def _write_change(self, change: Change) -> bytes:
        self._offset = self._offset.move(change.xid, change.id)
        op = "delete" if change.row is None else "put"
        line = (
            f'{{"op": "{op}", "table": "{self._question.table}", "id": "{change.id}",'
            f' "offset": "{self._offset}"'
        )
        return (line + (f', "row": {change.row}' if change.row else "") + "}\n").encode()

    def _write_control(self, op: str, message: str | None = None) -> bytes:
        line = {"op": op, "offset": str(self._offset)}
        return (json.dumps(line | ({"message": message} if message else {})) + "\n").encode()

    async def _hear(self) -> bool:
        """Whether there is news, or only nothing for a while. A little more is waited for."""
        try:
            await asyncio.wait_for(self._follower.hear(), _POLL_SECONDS)
        except TimeoutError:
            return False
        if not self._stopped.is_set():
            await asyncio.sleep(_GATHER_SECONDS)
        return True
