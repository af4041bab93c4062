"""How a row comes to every browser that shows its thread: it is read once, written down once, and
everybody gets the same bytes.

A thread's rows come in tables, such as its messages, as the screen needs them (pages/ui/thread/tables.py
makes them). A part of a table is what the browser's store (store.js) takes in:

    {"since": 41, "revision": 42, "put": {key: row}, "gone": [key]}

It takes a table from revision 41 to revision 42. With since 0, it is the whole table or, if the table
only grows, its newest rows: a browser keeps the older ones. Revisions come from Postgres, so those of two
web processes can be compared. A part with "reset" is taken whatever its revision: the database is
another one, such as one restored from a backup.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from burn_core.room.access import find_viewer
from burn_core.room.live import Follower, Live
from db.connection import begin_reading
from db.errors import Away
from db.schema import Json
from db.visitor import Visitor, act_as

_log = logging.getLogger(__name__)

Rows = dict[str, Json]  # by key
Tables = dict[str, Rows]  # by name
Have = Mapping[str, int]  # the revision of each table that a browser has

_KEPT_PARTS = 200
_AGAIN_SECONDS = 1.0
# Later snapshots have higher numbers: either a later transaction has begun, or one has ended.
_REVISION = text("""
    SELECT pg_snapshot_xmax(s)::text::bigint * 4096
        - least((SELECT count(*) FROM pg_snapshot_xip(s)), 4095)
    FROM pg_current_snapshot() AS s
""")


@dataclass(frozen=True)
class Group:
    """Tables that change together: read gives them, from the rows that these topics are about.

    Of those in growing, it gives the newest rows. pause is the least number of seconds between readings.
    """

    names: tuple[str, ...]
    topics: tuple[str, ...]
    read: Callable[[Session, UUID], Tables]
    growing: frozenset[str] = frozenset()
    pause: float = 0.0


class Receiver(Protocol):
    """A browser tab."""

    @property
    def visitor(self) -> Visitor: ...

    def give(self, frame: str) -> None: ...


@dataclass
class _Table:
    is_growing: bool
    revision: int = 0
    rows: Rows = field(default_factory=dict)
    parts: deque[Json] = field(default_factory=lambda: deque(maxlen=_KEPT_PARTS))

    def change(self, rows: Rows, revision: int) -> Json | None:
        """Take these rows instead. Returns what has changed, or None if nothing has."""
        put = {key: row for key, row in rows.items() if self.rows.get(key) != row}
        gone = [key for key in self.rows if key not in rows and not self._is_older(key, rows)]
        if self.revision and not put and not gone:
            return None
        part = {"since": self.revision, "revision": revision, "put": put, "gone": gone}
        is_apart = self._is_apart(rows)
        self.rows, self.revision = rows, revision
        if is_apart:
            self.parts.clear()
            return self.write()
        if part["since"]:
            self.parts.append(part)
        return part

    def _is_older(self, key: str, rows: Rows) -> bool:
        """Whether a key that is missing only isn't among the newest. Keys that are no numbers stay."""
        if not self.is_growing:
            return False
        return not key.isdigit() or not rows or int(key) < min(map(int, rows))

    def _is_apart(self, rows: Rows) -> bool:
        """Whether so much came at once that rows before the newest were never read."""
        old, new = ([int(key) for key in each if key.isdigit()] for each in (self.rows, rows))
        return self.is_growing and bool(old and new) and min(new) > max(old) + 1

    def list_parts(self, have: int) -> list[Json]:
        """What brings somebody who has that revision to the present one."""
        if have >= self.revision:
            return []
        missing = [part for part in self.parts if part["since"] >= have]
        is_chain = bool(have and missing) and missing[0]["since"] == have
        is_short = self.is_growing or sum(len(it["put"]) for it in missing) <= len(self.rows)
        return missing if is_chain and is_short else [self.write()]

    def write(self) -> Json:
        """All of it."""
        return write_part(self.rows, self.revision)


def write_part(rows: Rows, revision: int) -> Json:
    """The whole table, or the newest rows of one that grows."""
    return {"since": 0, "revision": revision, "put": rows, "gone": []}


def read_revision(session: Session) -> int:
    """The revision at which a reading session sees the database."""
    return int(session.execute(_REVISION).scalar_one())


def write_frame(thread_id: UUID, parts: Mapping[str, Json]) -> str:
    return json.dumps({"thread": str(thread_id), "tables": parts}, ensure_ascii=False)


class Broadcasts:
    """The threads that tabs of this web process show. groups are what there is to show of a thread.

    It belongs to the process's event loop: other threads can only find_whole.
    """

    def __init__(self, live: Live, engine: Engine, groups: Iterable[Group]) -> None:
        self._live = live
        self._engine = engine
        self._groups = tuple(groups)
        self._threads: dict[UUID, list[_Broadcast]] = {}

    def find_whole(self, thread_id: UUID, group: Group) -> Mapping[str, Json] | None:
        """The group's tables, each as a part, or None if no tab has read the thread here yet.

        They are as new as what has reached the tabs. Safe in any thread.
        """
        for broadcast in self._threads.get(thread_id, ()):
            if broadcast.group is group:
                return broadcast.whole
        return None

    def join(self, tab: Receiver, thread_id: UUID, have: Have) -> None:
        """Give the tab what it doesn't have of the thread, and from then on whatever changes."""
        if thread_id not in self._threads:
            self._threads[thread_id] = [
                _Broadcast(self._live, self._engine, thread_id, group) for group in self._groups
            ]
        for broadcast in self._threads[thread_id]:
            broadcast.join(tab, have)

    def leave(self, tab: Receiver, thread_id: UUID) -> None:
        broadcasts = self._threads.get(thread_id, [])
        for broadcast in broadcasts:
            broadcast.leave(tab)
        if broadcasts and not broadcasts[0].tabs:
            for broadcast in self._threads.pop(thread_id):
                broadcast.end()


class _Broadcast(Follower):
    """One group of a thread's tables, and the tabs that have them."""

    def __init__(self, live: Live, engine: Engine, thread_id: UUID, group: Group) -> None:
        super().__init__()
        self.tabs: dict[Receiver, Have | None] = {}  # None: the tab is up to date
        self.group = group
        self.whole: Mapping[str, Json] | None = None
        self._live = live
        self._engine = engine
        self._thread_id = thread_id
        self._tables = {name: _Table(name in group.growing) for name in group.names}
        self._read_at = 0  # the revision of the last reading
        self._frames: dict[tuple[int, ...], list[str]] = {}  # for tabs that have these revisions
        self._task = asyncio.create_task(self._run())

    def join(self, tab: Receiver, have: Have) -> None:
        self.tabs[tab] = have
        if max(self._list_revisions(have)) <= self._read_at:
            self._catch_up([tab])
        else:
            self.tell({})  # Another process, or another database, has told the tab of later things.

    def leave(self, tab: Receiver) -> None:
        self.tabs.pop(tab, None)

    def end(self) -> None:
        self._live.follow(self, [])
        self._task.cancel()

    async def _run(self) -> None:
        self._live.follow(self, [f"{topic}:{self._thread_id}" for topic in self.group.topics])
        while True:
            await self.hear()
            waiting = [tab for tab, have in self.tabs.items() if have is not None]
            try:
                read = await asyncio.to_thread(self._read, list(self.tabs))
                if read is not None:
                    self._publish(*read, waiting)
                    await asyncio.sleep(self.group.pause)
                    continue
            except Away:
                pass  # the listener logs that
            except Exception:
                _log.exception("rows of thread %s couldn't be sent to its tabs", self._thread_id)
            # Nobody here can see it any more, or it can't be read now.
            await asyncio.sleep(_AGAIN_SECONDS)
            self.tell({})

    def _read(self, tabs: Iterable[Receiver]) -> tuple[int, Tables] | None:
        """The tables, as the first of these who can still see the thread."""
        for visitor in {tab.visitor: None for tab in tabs}:
            with begin_reading(act_as(self._engine, visitor)) as session:
                viewer = find_viewer(session, self._thread_id, visitor.browser_id, visitor.key)
                if viewer is not None:
                    return read_revision(session), self.group.read(session, self._thread_id)
        return None

    def _publish(self, revision: int, tables: Tables, waiting: Iterable[Receiver]) -> None:
        """Tell the tabs what has changed. Those in waiting had joined before it was read."""
        if revision < self._read_at:  # the database is another one
            self._tables = {name: _Table(table.is_growing) for name, table in self._tables.items()}
            self.tabs = dict.fromkeys(self.tabs, dict.fromkeys(self._tables, self._read_at))
            waiting = list(self.tabs)
        parts = {name: table.change(tables[name], revision) for name, table in self._tables.items()}
        changed = {name: part for name, part in parts.items() if part is not None}
        self._read_at = revision
        if changed:
            self._frames.clear()
            self.whole = {name: table.write() for name, table in self._tables.items()}
            frame = write_frame(self._thread_id, changed)
            for tab, have in self.tabs.items():
                if have is None:
                    tab.give(frame)
        self._catch_up(waiting)
        if any(have is not None for have in self.tabs.values()):
            self.tell({})  # for those who joined meanwhile

    def _catch_up(self, tabs: Iterable[Receiver]) -> None:
        """Give those who have just joined what they don't have."""
        for tab in tabs if self._read_at else ():
            have = self.tabs.get(tab)
            if have is not None:
                self.tabs[tab] = None
                revisions = self._list_revisions(have)
                if revisions not in self._frames:
                    self._frames[revisions] = list(self._write_frames(revisions))
                for frame in self._frames[revisions]:
                    tab.give(frame)

    def _list_revisions(self, have: Have) -> tuple[int, ...]:
        return tuple(have.get(name, 0) for name in self._tables)

    def _write_frames(self, revisions: tuple[int, ...]) -> Iterator[str]:
        if max(revisions) > self._read_at:
            whole = {name: table.write() | {"reset": True} for name, table in self._tables.items()}
            yield write_frame(self._thread_id, whole)
            return
        tables = zip(self._tables.items(), revisions, strict=True)
        lists = {name: table.list_parts(revision) for (name, table), revision in tables}
        for number in range(max(map(len, lists.values()))):
            parts = {name: it[number] for name, it in lists.items() if len(it) > number}
            yield write_frame(self._thread_id, parts)
