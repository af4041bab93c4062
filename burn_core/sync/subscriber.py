"""Who asks for which rows, and what they may see: the same as on the screen."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request

from burn_core.errors import BadQuestion, NotAllowed, NotFound
from burn_core.room.access import read_key
from burn_core.room.memberships import find_member
from burn_core.room.sign_in import find_signed_in
from burn_core.room.threads import find_shared_thread
from burn_core.sync.offset import Offset, read_offset
from db import schema

# What is notified when a row of the table changes; of some, only beside another table's change.
_TOPICS = {
    "users": ("memberships",),
    "threads": ("threads", "events"),
    "memberships": ("memberships", "events", "runs", "visits"),
    "events": ("events",),
    "facts": ("facts",),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a request asks for, and what it shows of who makes it."""

    table: str
    thread_id: UUID | None
    offset: Offset | None
    is_live: bool
    browser_id: UUID | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Reader:
    """A person, in one of their threads or in all; or a spectator of one thread, who is nobody."""

    user_id: UUID | None
    thread_id: UUID | None

    def sign(self, table: str) -> str:
        """What tells an offset of this reader and table from others."""
        return sha256(f"{table} {self.user_id} {self.thread_id}".encode()).hexdigest()[:8]


def read_question(request: Request, browser_id: UUID | None) -> Question:
    """Raises BadQuestion, or NotFound for a table that isn't there."""
    table, query = request.path_params["table"], request.query_params
    if table not in _TOPICS:
        raise NotFound(f"There is no table of that name here, only {', '.join(_TOPICS)}.")
    thread, offset, live = query.get("thread"), query.get("offset"), query.get("live", "true")
    thread_id = read_key(thread)
    if thread is not None and thread_id is None:
        raise BadQuestion("thread takes the id of a thread, as in the address of its page.")
    if live not in ("true", "false"):
        raise BadQuestion("live takes true, or false for an answer that ends.")
    return Question(
        table,
        thread_id,
        None if offset is None else read_offset(offset),
        live == "true",
        browser_id,
        query.get("key"),
    )


def find_reader(session: Session, question: Question) -> Reader:
    """Who asks. Raises NotAllowed for nobody, NotFound for a thread that isn't theirs.

    With an offset they may have left the thread, which they have yet to hear.
    """
    if question.key is not None:
        return _find_spectator(session, question)
    browser_id, thread_id = question.browser_id, question.thread_id
    user = None if browser_id is None else find_signed_in(session, browser_id)
    if user is None:
        raise _nobody()
    is_in_it = thread_id is None or find_member(session, thread_id, user.id) is not None
    if not is_in_it and question.offset is None:
        raise _no_such_thread()
    return Reader(user.id, thread_id)


def list_topics(session: Session, reader: Reader, question: Question) -> set[str]:
    """What to follow, to hear whenever the reader's rows of the table may have changed."""
    topics = {f"users:{reader.user_id}", f"sessions:{question.browser_id}"}
    if reader.user_id is None:
        thread_ids = [reader.thread_id]
        topics = {f"threads:{reader.thread_id}"}  # which says when the key is taken back
    else:
        member = schema.Membership
        mine = select(member.thread_id).where(member.user_id == reader.user_id)
        if reader.thread_id is not None:
            mine = mine.where(member.thread_id == reader.thread_id)
        thread_ids = [*session.scalars(mine)]
    return topics | {f"{table}:{id}" for table in _TOPICS[question.table] for id in thread_ids}


def _find_spectator(session: Session, question: Question) -> Reader:
    key = read_key(question.key)
    thread = None if key is None else find_shared_thread(session, key)
    if thread is None:
        raise _nobody()
    if question.thread_id not in (None, thread.id):
        raise _no_such_thread()
    return Reader(None, thread.id)


def _nobody() -> NotAllowed:
    return NotAllowed(
        "Who are you? Send the cookie burn_browser of a browser that is signed in to Burn, or "
        "add ?key=KEY with the key of a link for spectators that is still good."
    )


def _no_such_thread() -> NotFound:
    return NotFound("There is no such thread, or you are not in it.")
