"""Threads: making one, who is in it, what is said in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from burn_core.accounts import USER_COLUMNS, User
from burn_core.errors import BadName, BadText, NotAllowed, NotFound
from burn_core.events import (
    Event,
    EventType,
    append_event,
    system_data,
    text_data,
)
from db import schema

MAX_NAME_CHARACTERS = 80
MAX_TEXT_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread, as a value."""

    id: UUID
    name: str
    status: str
    last_seq: int
    inserted_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A user with their role in a thread."""

    user: User
    role: str


THREAD_COLUMNS = (
    schema.Thread.id,
    schema.Thread.name,
    schema.Thread.status,
    schema.Thread.last_seq,
    schema.Thread.inserted_at,
)


def create_thread(session: Session, owner_id: UUID, name: str | None = None) -> Thread:
    """A new thread with its owner and every agent in it. Raises BadName."""
    row = schema.Thread(name=_check_name(name) if name else _next_name(session, owner_id))
    session.add(row)
    session.flush()
    _add_member(session, row.id, owner_id, "owner")
    append_event(session, row.id, owner_id, EventType.SYSTEM, system_data("created"))
    for agent_id, rule in _list_agents(session):
        _add_member(session, row.id, agent_id, "producer" if rule == "producer" else "comedian")
    return Thread(row.id, row.name, row.status, row.last_seq, row.inserted_at)


def join_thread(session: Session, thread_id: UUID, user_id: UUID) -> None:
    """Make the user a member. Does nothing if they are one. Raises NotFound."""
    get_thread(session, thread_id)
    if _add_member(session, thread_id, user_id, "member"):
        append_event(session, thread_id, user_id, EventType.SYSTEM, system_data("joined"))


def leave_thread(session: Session, thread_id: UUID, user_id: UUID) -> None:
    """End the user's membership. Raises NotAllowed if they have none."""
    row = _get_membership(session, thread_id, user_id)
    append_event(session, thread_id, user_id, EventType.SYSTEM, system_data("left"))
    session.delete(row)


def rename_thread(session: Session, thread_id: UUID, user_id: UUID, name: str) -> None:
    """Give the thread another name. Raises BadName, NotAllowed."""
    name = _check_name(name)
    _get_membership(session, thread_id, user_id)
    session.execute(update(schema.Thread).where(schema.Thread.id == thread_id).values(name=name))
    append_event(session, thread_id, user_id, EventType.SYSTEM, system_data("renamed"))


def post_text(session: Session, thread_id: UUID, user_id: UUID, text: str) -> Event:
    """Append what a person says, as they typed it. Raises BadText, NotAllowed."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise BadText("There is nothing in that message. Type something first.")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise BadText(
            f"That message has {len(text):,} characters, and {MAX_TEXT_CHARACTERS:,} fit in one. "
            "Send it in parts."
        )
    _get_membership(session, thread_id, user_id)
    return append_event(session, thread_id, user_id, EventType.TEXT, text_data(text))


def get_thread(session: Session, thread_id: UUID) -> Thread:
    """Raises NotFound."""
    row = session.execute(
        select(*THREAD_COLUMNS).where(schema.Thread.id == thread_id)
    ).one_or_none()
    if row is None:
        raise NotFound("This thread doesn't exist, or not any more.")
    return Thread(*row)


def list_threads(session: Session, user_id: UUID) -> list[Thread]:
    """The user's threads, newest first."""
    rows = session.execute(
        select(*THREAD_COLUMNS)
        .join(schema.Membership)
        .where(schema.Membership.user_id == user_id)
        .order_by(schema.Thread.inserted_at.desc(), schema.Thread.id)
    )
    return [Thread(*row) for row in rows]


def list_members(session: Session, thread_id: UUID) -> list[Member]:
    """People in the order of their joining, then agents."""
    rows: Iterable[Any] = session.execute(
        select(*USER_COLUMNS, schema.Membership.role)
        .join(schema.Membership)
        .where(schema.Membership.thread_id == thread_id)
        .order_by(schema.User.type.desc(), schema.Membership.inserted_at, schema.User.id)
    )
    return [Member(User(*user), role) for *user, role in rows]


def find_member(session: Session, browser_id: UUID, thread_id: UUID) -> User | None:
    """Whom the browser is signed in as, if that is a member of the thread."""
    row = session.execute(
        select(*USER_COLUMNS)
        .join(schema.Session)
        .join(schema.Membership)
        .where(
            schema.Session.browser_id == browser_id,
            schema.Session.signed_out_at.is_(None),
            schema.Membership.thread_id == thread_id,
        )
    ).one_or_none()
    return None if row is None else User(*row)


def is_member(session: Session, thread_id: UUID, user_id: UUID) -> bool:
    return _find_membership(session, thread_id, user_id) is not None


def _check_name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        raise BadName(f"A thread's name has 1 to {MAX_NAME_CHARACTERS} characters.")
    return name


def _next_name(session: Session, owner_id: UUID) -> str:
    owned = session.scalar(
        select(func.count())
        .select_from(schema.Membership)
        .where(schema.Membership.user_id == owner_id, schema.Membership.role == "owner")
    )
    return f"Untitled thread {(owned or 0) + 1}"


def _list_agents(session: Session) -> Sequence[tuple[UUID, str]]:
    newest = (
        select(schema.Agent.user_id, schema.Agent.rule)
        .ext(distinct_on(schema.Agent.user_id))
        .order_by(schema.Agent.user_id, schema.Agent.version.desc())
    )
    return [(user_id, rule) for user_id, rule in session.execute(newest)]


def _add_member(session: Session, thread_id: UUID, user_id: UUID, role: str) -> bool:
    added = session.scalar(
        insert(schema.Membership)
        .values(thread_id=thread_id, user_id=user_id, role=role)
        .on_conflict_do_nothing()
        .returning(schema.Membership.id)
    )
    return added is not None


def _find_membership(session: Session, thread_id: UUID, user_id: UUID) -> schema.Membership | None:
    return session.scalar(
        select(schema.Membership).where(
            schema.Membership.thread_id == thread_id, schema.Membership.user_id == user_id
        )
    )


def _get_membership(session: Session, thread_id: UUID, user_id: UUID) -> schema.Membership:
    row = _find_membership(session, thread_id, user_id)
    if row is None:
        raise NotAllowed("You are not in this thread. Join it first.")
    return row
