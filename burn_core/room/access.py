"""Who may read a thread, who may follow which topic, and whose tab counts as a visit."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from burn_core.room.cookies import COOKIE_NAME, Cookies
from burn_core.room.memberships import Member, find_member, find_signed_in_member
from burn_core.room.sessions import find_signed_in
from burn_core.room.threads import find_shared_thread, list_threads
from burn_core.room.visits import begin_visit, end_visit, tend_visits
from db.connection import begin
from db.errors import Away, Refused
from db.queue import Queue
from db.visitor import Visitor, act_as

# A topic that changes when the database can be reached again. Everybody may follow it.
ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who may read a thread: a member, or a spectator, who is anonymous."""

    member: Member | None

    @property
    def user_id(self) -> UUID | None:
        return None if self.member is None else self.member.user.id


@dataclass(frozen=True, slots=True)
class Place:
    """A person in a thread, and the browser in which they are signed in."""

    thread_id: UUID
    user_id: UUID
    browser_id: UUID | None


@dataclass(frozen=True)
class Rights:
    """What a tab can follow, by its browser's sign-in and a spectator key in its address.

    People can follow themselves and their threads; spectators, the thread that they watch.
    """

    browser_id: UUID | None
    user_id: UUID | None
    thread_ids: frozenset[UUID]  # of which the person is a member
    watched_id: UUID | None  # the thread that the key is for

    @property
    def topics(self) -> frozenset[str]:
        """What changes whenever these rights may have changed."""
        own = {"users": self.user_id, "threads": self.watched_id}
        named = [f"{table}:{id}" for table, id in own.items() if id is not None]
        if self.browser_id is not None:
            named.append(write_session_topic(self.browser_id))
        return frozenset([ANYTHING, *named])

    def can_follow(self, topic: str) -> bool:
        """Compares texts: a tab can name thousands of topics, several times a second."""
        table, _, id = topic.partition(":")
        if table == "sessions":
            return self.browser_id is not None and topic == write_session_topic(self.browser_id)
        if table in ("users", "own"):
            return id == str(self.user_id)
        return id in self._thread_ids or topic == ANYTHING

    @cached_property
    def _thread_ids(self) -> frozenset[str]:
        return frozenset(str(id) for id in (*self.thread_ids, self.watched_id) if id is not None)

    def find_visited(self, topics: Iterable[str]) -> Place | None:
        """The first of the topics that is the rows of a thread of the person's: that is the thread
        which the tab shows, and it shows one at a time.
        """
        rows = (topic for topic in topics if topic.startswith("rows:") and self.can_follow(topic))
        ids = (split_topic(topic)[1] for topic in rows)
        id = next((id for id in ids if id in self.thread_ids), None)
        if id is None or self.user_id is None:
            return None
        return Place(id, self.user_id, self.browser_id)


NO_RIGHTS = Rights(None, None, frozenset(), None)


class Audience:
    """The people behind the sockets of one web process. web is the name of that process.

    engine is for what they do; door, for ending the visits of those who may have signed out.
    """

    def __init__(self, engine: Engine, door: Engine, cookies: Cookies, web: str) -> None:
        self.web = web
        self._engine = engine
        self._door = door
        self._cookies = cookies
        self._suspects: set[str] = set()
        self._queue = Queue()

    def find_rights(self, tab: HTTPConnection) -> Rights:
        visitor = self.read_visitor(tab)
        browser_id, key = visitor.browser_id, visitor.key
        with begin(act_as(self._engine, visitor)) as session:
            user = None if browser_id is None else find_signed_in(session, browser_id)
            threads = [] if user is None else list_threads(session, user.id)
            shared = None if key is None else find_shared_thread(session, key)
        return Rights(
            browser_id,
            None if user is None else user.id,
            frozenset(thread.id for thread in threads),
            None if shared is None else shared.id,
        )

    def enter(self, place: Place) -> UUID | None:
        """Begin a visit. Returns its id, or None if the person is no longer in the thread."""
        try:
            with begin(act_as(self._engine, Visitor(place.browser_id))) as session:
                if find_member(session, place.thread_id, place.user_id) is None:
                    return None
                return begin_visit(session, place.thread_id, place.user_id, self.web)
        except Refused:  # deleted at this moment
            return None

    def leave(self, visit_id: UUID) -> None:
        with begin(self._door) as session:
            end_visit(session, visit_id)

    def tend(self) -> None:
        """Keep the visits of this process, and end those of web processes that were gone last time
        and still are. And keep the queue of notifications short.
        """
        with begin(self._door) as session:
            self._queue.tend(session)
            self._suspects = tend_visits(session, self.web, self._suspects)

    def renew_cookie(self, tab: HTTPConnection) -> str | None:
        """The Set-Cookie header that makes the cookie of somebody who is signed in last longer."""
        browser_id = self.read_browser_id(tab)
        if browser_id is None:
            return None
        try:
            with begin(act_as(self._engine, Visitor(browser_id))) as session:
                user = find_signed_in(session, browser_id)
        except Away:
            return None  # the next socket does it
        # Nobody else's: a cookie that has just been replaced must not come back.
        is_secure = tab.url.scheme == "wss"
        return None if user is None else self._cookies.write_header(browser_id, is_secure)

    def read_visitor(self, tab: HTTPConnection) -> Visitor:
        return Visitor(self.read_browser_id(tab), read_key(tab.query_params.get("key")))

    def read_browser_id(self, tab: HTTPConnection) -> UUID | None:
        return self._cookies.read_cookie(tab.cookies.get(COOKIE_NAME))


def is_same_origin(connection: HTTPConnection) -> bool:
    """Whether a page of this server sent it. Other sites can send requests and open sockets with the
    cookies of whoever visits them, but no page can forge Origin, and browsers always send it.
    """
    host = connection.headers.get("origin", "").partition("://")[2]
    return host != "" and host == connection.headers.get("host")


def write_session_topic(browser_id: UUID | None) -> str:
    """What changes when the browser is signed in or out. Every role of Burn's can hear it, so it has a
    hash instead of the id, which is in the cookie. A trigger makes the same (db/notify.sql).
    """
    hashed = None if browser_id is None else UUID(bytes=sha256(browser_id.bytes).digest()[:16])
    return f"sessions:{hashed}"


def split_topic(topic: str) -> tuple[str, UUID | None]:
    """A topic's table and id."""
    table, _, id = topic.partition(":")
    return table, read_key(id)


def read_key(text: str | None) -> UUID | None:
    """An id or a key that came from outside, or None if it isn't one.

    UUID reads hundreds of spellings of each id: upper case, braces, other hyphens. Only the one that
    Burn writes is an id here, so that equal ids are equal texts.
    """
    try:
        id = UUID(text)
    except (ValueError, TypeError):
        return None
    return id if str(id) == text else None


def find_viewer(
    session: Session, thread_id: UUID, browser_id: UUID | None, spectator_key: UUID | None
) -> Viewer | None:
    """Who this is in the thread: by the browser's sign-in, or by a key. None if they can't read it."""
    if browser_id is not None:
        member = find_signed_in_member(session, thread_id, browser_id)
        if member is not None:
            return Viewer(member)
    shared = None if spectator_key is None else find_shared_thread(session, spectator_key)
    return Viewer(None) if shared is not None and shared.id == thread_id else None
