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
from itertools import islice
from typing import Protocol
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from burn_core.room.access import find_viewer
from burn_core.room.live import Follower, Live
from burn_core.room.sessions import find_signed_in
from db.connection import begin_reading
from db.errors import Away
from db.schema import Json
from db.visitor import Visitor, act_as

_log = logging.getLogger(__name__)

Rows = dict[str, Json]  # by key
Tables = dict[str, Rows]  # by name
Have = Mapping[str, int]  # the revision of each table that a browser has

THREAD_LIST = "threads"
# Of so many of a person's threads, the newest, their tabs hear that there is something new.
MOST_THREADS = 600
_KEPT_PARTS = 200
_MOST_FRAMES = 20
_AGAIN_SECONDS = 1.0
# Later snapshots have higher numbers: either a later transaction has begun, or one has ended.
_REVISION = text("""
    SELECT pg_snapshot_xmax(s)::text::bigint * 4096
        - least((SELECT count(*) FROM pg_snapshot_xip(s)), 4095)
    FROM pg_current_snapshot() AS s
""")


@dataclass(frozen=True)
class Group:
    """Tables of a thread that change together: read gives them, from the rows that these topics are about.

    Of those in growing, it gives the newest rows. pause is the least number of seconds between readings.
    """

    names: tuple[str, ...]
    topics: tuple[str, ...]
    read: Callable[[Session, UUID], Tables]
    growing: frozenset[str] = frozenset()
    pause: float = 0.0

    def list_topics(self, id: UUID, tables: Tables, tabs: Iterable["Receiver"]) -> list[str]:
        """What changes when the tables of that id may have changed, by what they are now, and by what the
        tabs show.
        """
        return [f"{topic}:{id}" for topic in self.topics]

    def can_read(self, session: Session, id: UUID, visitor: Visitor) -> bool:
        return find_viewer(session, id, visitor.browser_id, visitor.key) is not None


@dataclass(frozen=True)
class OwnGroup(Group):
    """The same of a person's own, for their tabs alone. Its table threads has those that they are in."""

    def list_topics(self, id: UUID, tables: Tables, tabs: Iterable["Receiver"]) -> list[str]:
        """News can't change the mark of a thread that is unread, or that they are looking at. Which ones
        those are is named, too, so that looking at another one is a change.
        """
        threads = tables[THREAD_LIST]
        shown = {str(tab.shown_id) for tab in tabs}
        topics = [
            f"users:{id}",
            *(f"shown:{it}" for it in shown),
            *(f"threads:{it}" for it in threads),
        ]
        for thread_id, row in islice(threads.items(), MOST_THREADS):
            if not row["is_unread"] and thread_id not in shown:
                topics.append(f"events:{thread_id}")
        return topics

    def can_read(self, session: Session, id: UUID, visitor: Visitor) -> bool:
        if visitor.browser_id is None:
            return False
        user = find_signed_in(session, visitor.browser_id)
        return user is not None and user.id == id


class Receiver(Protocol):
    """A browser tab."""

    @property
    def visitor(self) -> Visitor: ...

    @property
    def shown_id(self) -> UUID | None: ...

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

    def find_since(self, have: int) -> int:
        """The revision from which somebody who has that one goes on: 0 is from the start."""
        if have >= self.revision:
            return self.revision
        return have if any(part["since"] == have for part in self.parts) else 0

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


def write_frame(id: UUID, parts: Mapping[str, Json]) -> str:
    return json.dumps({"of": str(id), "tables": parts}, ensure_ascii=False)


class Broadcasts:
    """What tabs of this web process show. groups are what there is to show of a thread, and own_groups
    of a person's own.

    It belongs to the process's event loop: other threads can only find_whole.
    """

    def __init__(
        self,
        live: Live,
        engine: Engine,
        groups: Iterable[Group],
        own_groups: Iterable[OwnGroup] = (),
    ) -> None:
        self._live = live
        self._engine = engine
        self._groups = tuple(groups)
        self._own_groups = tuple(own_groups)
        self._broadcasts: dict[UUID, list[_Broadcast]] = {}  # by the ids of threads and people

    def find_whole(self, id: UUID, group: Group) -> Mapping[str, Json] | None:
        """The group's tables, each as a part, or None if no tab has read them here yet.

        They are as new as what has reached the tabs. Safe in any thread.
        """
        for broadcast in self._broadcasts.get(id, ()):
            if broadcast.group is group:
                return broadcast.whole
        return None

    def join(self, tab: Receiver, thread_id: UUID, have: Have) -> None:
        """Give the tab what it doesn't have of the thread, and from then on whatever changes."""
        self._join(tab, thread_id, have, self._groups)

    def join_own(self, tab: Receiver, user_id: UUID, have: Have) -> None:
        """The same for what is the person's own."""
        self._join(tab, user_id, have, self._own_groups)

    def leave(self, tab: Receiver, id: UUID) -> None:
        """The tab no longer shows what is of the thread or person."""
        broadcasts = self._broadcasts.get(id, [])
        for broadcast in broadcasts:
            broadcast.leave(tab)
        if broadcasts and not broadcasts[0].tabs:
            for broadcast in self._broadcasts.pop(id):
                broadcast.end()

    def _join(self, tab: Receiver, id: UUID, have: Have, groups: Iterable[Group]) -> None:
        if id not in self._broadcasts:
            self._broadcasts[id] = [_Broadcast(self._live, self._engine, id, it) for it in groups]
        for broadcast in self._broadcasts[id]:
            broadcast.join(tab, have)


class _Broadcast(Follower):
    """One group of a thread's or a person's tables, and the tabs that have them."""

    def __init__(self, live: Live, engine: Engine, id: UUID, group: Group) -> None:
        super().__init__()
        self.tabs: dict[Receiver, Have | None] = {}  # None: the tab is up to date
        self.group = group
        self.whole: Mapping[str, Json] | None = None
        self._live = live
        self._engine = engine
        self._id = id
        self._tables = {name: _Table(name in group.growing) for name in group.names}
        self._read_at = 0  # the revision of the last reading
        self._frames: dict[tuple[int, ...], list[str]] = {}  # for tabs that have these revisions
        self._task = asyncio.create_task(self._run())

    def join(self, tab: Receiver, have: Have) -> None:
        self.tabs[tab] = have
        self._follow()
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
        while True:
            self._follow()
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
                _log.exception("rows of %s couldn't be sent to its tabs", self._id)
            # Nobody here can see it any more, or it can't be read now.
            await asyncio.sleep(_AGAIN_SECONDS)
            self.tell({})

    def _follow(self) -> None:
        tables = {name: table.rows for name, table in self._tables.items()}
        topics = frozenset(self.group.list_topics(self._id, tables, self.tabs))
        if topics != self.topics:
            self._live.follow(self, topics)

    def _read(self, tabs: Iterable[Receiver]) -> tuple[int, Tables] | None:
        """The tables, as the first of these who can still see them."""
        for visitor in {tab.visitor: None for tab in tabs}:
            with begin_reading(act_as(self._engine, visitor)) as session:
                if self.group.can_read(session, self._id, visitor):
                    return read_revision(session), self.group.read(session, self._id)
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
            frame = write_frame(self._id, changed)
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
                for frame in self._find_frames(self._list_revisions(have)):
                    tab.give(frame)

    def _find_frames(self, revisions: tuple[int, ...]) -> list[str]:
        """Those that bring these revisions to the present ones. A tab may say any numbers, so what is kept
        is by those that there have been, and few.
        """
        if max(revisions) <= self._read_at:
            tables = zip(self._tables.values(), revisions, strict=True)
            revisions = tuple(table.find_since(revision) for table, revision in tables)
        else:
            revisions = (self._read_at + 1,) * len(revisions)
        if revisions not in self._frames:
            if len(self._frames) >= _MOST_FRAMES:
                self._frames.clear()
            self._frames[revisions] = list(self._write_frames(revisions))
        return self._frames[revisions]

    def _list_revisions(self, have: Have) -> tuple[int, ...]:
        return tuple(have.get(name, 0) for name in self._tables)

    def _write_frames(self, revisions: tuple[int, ...]) -> Iterator[str]:
        if max(revisions) > self._read_at:
            whole = {name: table.write() | {"reset": True} for name, table in self._tables.items()}
            yield write_frame(self._id, whole)
            return
        tables = zip(self._tables.items(), revisions, strict=True)
        lists = {name: table.list_parts(revision) for (name, table), revision in tables}
        for number in range(max(map(len, lists.values()))):
            parts = {name: it[number] for name, it in lists.items() if len(it) > number}
            yield write_frame(self._id, parts)
