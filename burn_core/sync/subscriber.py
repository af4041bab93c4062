"""Who asks for which rows, and which of them they may see: the same as on the screen."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request

from burn_core.errors import BadRequest, NotAllowed, NotFound
from burn_core.room.access import read_key, write_session_topic
from burn_core.room.memberships import find_member
from burn_core.room.sessions import find_signed_in
from burn_core.room.threads import find_shared_thread
from burn_core.sync.offset import Offset, read_offset
from db import schema

# The tables that are notified when a row of this one changes. Some changes are only notified as the
# change of another table that comes with them.
_TOPICS = {
    "users": ("memberships",),
    "threads": ("threads", "events"),
    "memberships": ("memberships", "events", "runs", "visits"),
    "events": ("events",),
    "facts": ("facts",),
}


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """What a request asks for, and what it tells about who is asking."""

    table: str
    thread_id: UUID | None
    offset: Offset | None
    is_live: bool
    browser_id: UUID | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person, in one of their threads or in all; or a spectator of one thread, who is anonymous."""

    user_id: UUID | None
    thread_id: UUID | None

    def fingerprint(self, table: str) -> str:
        """Tells this subscriber's offsets in the table from all others."""
        return sha256(f"{table} {self.user_id} {self.thread_id}".encode()).hexdigest()[:8]


def read_request(request: Request, browser_id: UUID | None) -> StreamRequest:
    """Raises BadRequest, or NotFound for a table that can't be streamed."""
    table, query = request.path_params["table"], request.query_params
    if table not in _TOPICS:
        raise NotFound(f"There is no such table here. Choose one of {', '.join(_TOPICS)}.")
    thread, offset, live = query.get("thread"), query.get("offset"), query.get("live", "true")
    thread_id = read_key(thread)
    if thread is not None and thread_id is None:
        raise BadRequest("thread takes the id of a thread, as in the address of its page.")
    if live not in ("true", "false"):
        raise BadRequest("live takes true, or false for an answer that ends.")
    return StreamRequest(
        table,
        thread_id,
        None if offset is None else read_offset(offset),
        live == "true",
        browser_id,
        query.get("key"),
    )


def find_subscriber(session: Session, request: StreamRequest) -> Subscriber:
    """Who is asking. Raises NotAllowed if nobody is signed in, NotFound if they are not in the thread.

    With an offset, they may have left the thread since, and still have to be told.
    """
    if request.key is not None:
        return _find_spectator(session, request)
    browser_id, thread_id = request.browser_id, request.thread_id
    user = None if browser_id is None else find_signed_in(session, browser_id)
    if user is None:
        raise _nobody()
    is_in_it = thread_id is None or find_member(session, thread_id, user.id) is not None
    if not is_in_it and request.offset is None:
        raise _no_such_thread()
    return Subscriber(user.id, thread_id)


def list_topics(session: Session, subscriber: Subscriber, request: StreamRequest) -> set[str]:
    """The topics that change whenever the subscriber's rows of the table may have changed."""
    topics = {f"users:{subscriber.user_id}", write_session_topic(request.browser_id)}
    if subscriber.user_id is None:
        thread_ids = [subscriber.thread_id]
        topics = {f"threads:{subscriber.thread_id}"}  # which tells when the link is revoked
    else:
        member = schema.Membership
        mine = select(member.thread_id).where(member.user_id == subscriber.user_id)
        if subscriber.thread_id is not None:
            mine = mine.where(member.thread_id == subscriber.thread_id)
        thread_ids = [*session.scalars(mine)]
    return topics | {f"{table}:{id}" for table in _TOPICS[request.table] for id in thread_ids}


def _find_spectator(session: Session, request: StreamRequest) -> Subscriber:
    key = read_key(request.key)
    thread = None if key is None else find_shared_thread(session, key)
    if thread is None:
        raise _nobody()
    if request.thread_id not in (None, thread.id):
        raise _no_such_thread()
    return Subscriber(None, thread.id)


def _nobody() -> NotAllowed:
    return NotAllowed(
        "Who are you? Send the cookie burn_browser of a browser that is signed in to Burn, or "
        "add ?key=KEY with the key of a spectator link that still works."
    )


def _no_such_thread() -> NotFound:
    return NotFound("There is no such thread, or you are not in it.")
