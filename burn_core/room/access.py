"""Who may read a thread, who may follow which topic, and whose tab counts as a visit."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from burn_core.room.cookies import COOKIE_NAME, Cookies
from burn_core.room.memberships import Member, find_signed_in_member
from burn_core.room.sessions import find_signed_in
from burn_core.room.threads import find_shared_thread, list_threads
from burn_core.room.visits import begin_visit, delete_stale_visits, end_visit
from db.connection import begin
from db.errors import Away

# A topic that changes when the database can be reached again. Everybody may follow it.
ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who may read a thread: a member, or a spectator, who is anonymous."""

    member: Member | None

    @property
    def user_id(self) -> UUID | None:
        return None if self.member is None else self.member.user.id


class Audience:
    """The people behind the sockets of one web process. web is the name of that process."""

    def __init__(self, engine: Engine, cookies: Cookies, web: str) -> None:
        self.web = web
        self._engine = engine
        self._cookies = cookies

    def list_allowed(self, tab: HTTPConnection, topics: Collection[str]) -> list[str]:
        """Those of the topics that the tab may follow, in the same order.

        People may follow themselves and their threads; spectators, the thread that they watch.
        """
        if not topics:
            return []
        browser_id, key = self.read_browser_id(tab), read_key(tab.query_params.get("key"))
        with begin(self._engine) as session:
            user = None if browser_id is None else find_signed_in(session, browser_id)
            threads = [] if user is None else list_threads(session, user.id)
            shared = None if key is None else find_shared_thread(session, key)
        ids = {thread.id for thread in [*threads, shared] if thread is not None}
        own = {"sessions": browser_id, "users": None if user is None else user.id}

        def is_allowed(topic: str) -> bool:
            table, id = split_topic(topic)
            return id is not None and (id == own[table] if table in own else id in ids)

        return [topic for topic in topics if topic == ANYTHING or is_allowed(topic)]

    def enter(self, tab: HTTPConnection, topic: str) -> UUID | None:
        """Begin a visit if the topic is the visits of a thread. Returns the visit's id."""
        table, thread_id = split_topic(topic)
        if table != "visits" or thread_id is None:
            return None
        with begin(self._engine) as session:
            viewer = find_viewer(session, thread_id, self.read_browser_id(tab), None)
            if viewer is None or viewer.user_id is None:
                return None
            return begin_visit(session, thread_id, viewer.user_id, self.web)

    def leave(self, visit_id: UUID) -> None:
        with begin(self._engine) as session:
            end_visit(session, visit_id)

    def delete_stale_visits(self) -> None:
        """End the visits of web processes that died."""
        with begin(self._engine) as session:
            delete_stale_visits(session, self.web)

    def renew_cookie(self, tab: HTTPConnection) -> str | None:
        """The Set-Cookie header that makes the cookie of somebody who is signed in last longer."""
        browser_id = self.read_browser_id(tab)
        if browser_id is None:
            return None
        try:
            with begin(self._engine) as session:
                user = find_signed_in(session, browser_id)
        except Away:
            return None  # the next socket does it
        # Nobody else's: a cookie that has just been replaced must not come back.
        is_secure = tab.url.scheme == "wss"
        return None if user is None else self._cookies.write_header(browser_id, is_secure)

    def read_browser_id(self, tab: HTTPConnection) -> UUID | None:
        return self._cookies.read_cookie(tab.cookies.get(COOKIE_NAME))


def is_same_origin(connection: HTTPConnection) -> bool:
    """Whether a page of this server sent it. Other sites can send requests and open sockets with the
    cookies of whoever visits them, but no page can forge Origin, and browsers always send it.
    """
    origin = connection.headers.get("origin", "")
    return origin.partition("://")[2] == connection.headers.get("host")


def split_topic(topic: str) -> tuple[str, UUID | None]:
    """A topic's table and id."""
    table, _, id = topic.partition(":")
    return table, read_key(id)


def read_key(text: str | None) -> UUID | None:
    """An id that came from outside, or None if it isn't one."""
    try:
        return UUID(text)
    except (ValueError, TypeError):
        return None


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
