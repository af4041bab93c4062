"""The one source of changes: what the triggers notify, passed on to those who follow it.

A topic is table:id, as on the channel burn_changes. Revisions only grow: a browser that drew at one
revision and is told a later one draws again. They are times, as after a failure one process may draw
the page of a tab whose socket another one has. Tabs follow topics by their sockets (tab.py), and so do
broadcasts (broadcast.py) and streams (burn_core/sync).
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread

from burn_core.room.access import Audience
from db.connection import Connection
from db.errors import Away
from db.listener import Listener
from db.locks import hold_liveness_lock

_TEND_SECONDS = 5.0


class Live:
    """The topics of one web process: their revisions, and who follows them."""

    def __init__(self, url: str, audience: Audience) -> None:
        self._audience = audience
        self._listener = Listener(
            url,
            "burn_changes",
            on_notify=self.announce,
            on_connect=self._connect,
            on_poll=self.announce_everything,
        )
        self._floor = self._newest = _read_clock()
        self._revisions: dict[str, int] = {}
        self._followers: dict[str, set[Follower]] = defaultdict(set)
        self._lock = Lock()
        self._stopping = Event()
        self._tending = Thread(target=self._tend, name="tend", daemon=True)

    def start(self) -> None:
        self._listener.start()
        self._tending.start()

    def stop(self) -> None:
        self._stopping.set()
        self._listener.stop()

    @property
    def state(self) -> str:
        """How it hears of changes now: "listening", "polling" or, if it doesn't, "away"."""
        if not self._listener.connected.is_set():
            return "away"
        return "polling" if self._listener.is_deaf else "listening"

    def count_followers(self) -> int:
        """How many tabs and streams follow something."""
        with self._lock:
            return len(set().union(*self._followers.values()))

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
            revision = self._revisions[topic] = self._count()
            for follower in self._followers.get(topic, ()):
                follower.tell({topic: revision})

    def catch_up(self, topics: Sequence[str], revision: int) -> None:
        """A tab was told of this revision, perhaps by another process, which hears for itself."""
        with self._lock:
            known = max([self._floor, *(self._revisions.get(topic, 0) for topic in topics)])
            if known < revision <= _read_clock():
                self._newest = max(self._newest, revision)
                self._revisions |= dict.fromkeys(topics, revision)

    def announce_everything(self) -> None:
        """Anything may have changed, because nobody was listening for a while."""
        with self._lock:
            self._floor = self._count()
            self._revisions.clear()
            for topic, followers in self._followers.items():
                for follower in followers:
                    follower.tell({topic: self._floor})

    def tell_again(self, follower: "Follower", topics: Iterable[str]) -> None:
        """Tell one follower of these topics, as if they had changed."""
        with self._lock:
            revision = self._count()
        follower.tell(dict.fromkeys(topics, revision))

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
        self.announce_everything()

    def _tend(self) -> None:
        while True:
            with suppress(Away):  # the listener logs that
                self._audience.tend()
            if self._stopping.wait(_TEND_SECONDS):
                return

    def _count(self) -> int:
        """The next revision."""
        self._newest = max(self._newest + 1, _read_clock())
        return self._newest


def _read_clock() -> int:
    """The time in microseconds. Revisions of an earlier process, and of others before now, are lower."""
    return time.time_ns() // 1_000


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
