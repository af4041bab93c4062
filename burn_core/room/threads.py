"""Threads: creating, renaming, closing and sharing them, and posting in them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, exists, func, insert, select, update
from sqlalchemy.orm import Session

from burn_core.errors import BadName, BadText, NotAllowed, NotFound
from burn_core.events import Event, EventType, append_event, system_data, text_data
from burn_core.room.memberships import add_member, check_owner, get_member, list_agents
from burn_core.room.visible import is_blank, tidy
from db import schema

MAX_NAME_CHARACTERS = 80
MAX_TEXT_CHARACTERS = 10_000
# As they are typed, with what is then tidied away.
_MOST_TYPED = 10 * MAX_NAME_CHARACTERS
_NO_THREAD = "There is no such thread, or you aren't in it."


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as a value."""

    id: UUID
    name: str
    status: str
    last_seq: int
    inserted_at: datetime

    @property
    def is_open(self) -> bool:
        return self.status == "started"


THREAD_COLUMNS = (
    schema.Thread.id,
    schema.Thread.name,
    schema.Thread.status,
    schema.Thread.last_seq,
    schema.Thread.inserted_at,
)


def create_thread(
    session: Session,
    owner_id: UUID,
    name: str | None = None,
    agent_ids: Collection[UUID] | None = None,
) -> Thread:
    """Create a thread with its owner and these agents, or all agents. Raises BadName."""
    name = _check_name(name) if name else _next_name(session, owner_id)
    thread_id = uuid4()
    session.execute(insert(schema.Thread).values(id=thread_id, name=name))
    add_member(session, thread_id, owner_id, "owner")
    append_event(session, thread_id, owner_id, EventType.SYSTEM, system_data("created"))
    for agent in list_agents(session):
        if agent_ids is None or agent.user.id in agent_ids:
            add_member(session, thread_id, agent.user.id, agent.role)
    return get_thread(session, thread_id)


def rename_thread(session: Session, thread_id: UUID, user_id: UUID, name: str) -> None:
    """Rename the thread. Raises BadName, NotAllowed."""
    name = _check_name(name)
    get_member(session, thread_id, user_id)
    _change(session, thread_id, user_id, "renamed", name=name)


def close_thread(session: Session, thread_id: UUID, owner_id: UUID) -> None:
    """Close the thread: people can't post and agents don't speak until it is reopened.

    Raises NotAllowed.
    """
    check_owner(session, thread_id, owner_id)
    _change(session, thread_id, owner_id, "closed", status="completed")


def reopen_thread(session: Session, thread_id: UUID, owner_id: UUID) -> None:
    """Reopen a closed thread. Raises NotAllowed."""
    check_owner(session, thread_id, owner_id)
    _change(session, thread_id, owner_id, "reopened", status="started")


def share_thread(session: Session, thread_id: UUID, owner_id: UUID) -> UUID:
    """Return a new key with which spectators can watch. An earlier key stops working.

    Raises NotAllowed.
    """
    check_owner(session, thread_id, owner_id)
    key = uuid4()
    _change(session, thread_id, owner_id, "shared", spectator_key=key)
    return key


def unshare_thread(session: Session, thread_id: UUID, owner_id: UUID) -> None:
    """Revoke the spectator key. Raises NotAllowed."""
    check_owner(session, thread_id, owner_id)
    _change(session, thread_id, owner_id, "unshared", spectator_key=None)


def renew_invitation(session: Session, thread_id: UUID, owner_id: UUID) -> UUID:
    """Return a new key with which people can join. The earlier key stops working.

    Raises NotAllowed.
    """
    check_owner(session, thread_id, owner_id)
    key = uuid4()
    _change(session, thread_id, owner_id, "renewed_invitation", invitation_key=key)
    return key


def post_text(session: Session, thread_id: UUID, user_id: UUID, text: str) -> Event:
    """Append a person's text as they typed it. Raises BadText, NotAllowed."""
    text = text.replace("\x00", "").strip()
    if len(text) > MAX_TEXT_CHARACTERS:
        raise BadText(
            f"That message has {len(text):,} characters, and the limit is "
            f"{MAX_TEXT_CHARACTERS:,}. Split it into several messages."
        )
    if is_blank(text):
        raise BadText("That message is empty. Type something first.")
    get_member(session, thread_id, user_id)
    if not get_thread(session, thread_id).is_open:
        raise NotAllowed("This thread is closed. Its owner can reopen it.")
    return append_event(session, thread_id, user_id, EventType.TEXT, text_data(text))


def get_thread(session: Session, thread_id: UUID) -> Thread:
    """Raises NotFound."""
    row = session.execute(select_thread(thread_id)).one_or_none()
    if row is None:
        raise NotFound(_NO_THREAD)
    return Thread(*row)


def select_thread(thread_id: UUID) -> Select[*tuple[Any, ...]]:
    """The statement that get_thread runs."""
    return select(*THREAD_COLUMNS).where(schema.Thread.id == thread_id)


def find_spectator_key(session: Session, thread_id: UUID) -> UUID | None:
    """The key with which spectators can watch, if the owner has shared the thread."""
    return _find_key(session, thread_id, "spectator_key")


def find_shared_thread(session: Session, spectator_key: UUID) -> Thread | None:
    """The thread that this key is for."""
    row = session.execute(
        select(*THREAD_COLUMNS).where(schema.Thread.id == func.burn_watched(spectator_key))
    ).one_or_none()
    return None if row is None else Thread(*row)


def get_invitation_key(session: Session, thread_id: UUID) -> UUID:
    """The key with which people can join, for the thread's members to pass on. Raises NotFound."""
    key = _find_key(session, thread_id, "invitation_key")
    if key is None:
        raise NotFound(_NO_THREAD)
    return key


def find_invited_thread(session: Session, thread_id: UUID, invitation_key: UUID) -> Thread | None:
    """The thread, if this is the key with which people can join it."""
    row = session.execute(
        select_thread(thread_id).where(schema.Thread.id == func.burn_invited(invitation_key))
    ).one_or_none()
    return None if row is None else Thread(*row)


def list_threads(session: Session, user_id: UUID) -> list[Thread]:
    """The user's threads, newest first."""
    return [Thread(*row) for row in session.execute(select_threads(user_id))]


def select_threads(user_id: UUID) -> Select[*tuple[Any, ...]]:
    """The statement that list_threads runs."""
    return (
        select(*THREAD_COLUMNS)
        .join(schema.Membership)
        .where(schema.Membership.user_id == user_id)
        .order_by(schema.Thread.inserted_at.desc(), schema.Thread.id)
    )


def list_unread(session: Session, user_id: UUID) -> set[UUID]:
    """The threads that have events newer than the user's last look and aren't open in a tab."""
    return set(session.scalars(select_unread(user_id)))


def select_unread(user_id: UUID) -> Select[UUID]:
    """The statement that list_unread runs."""
    is_looking = exists().where(
        schema.Visit.thread_id == schema.Thread.id, schema.Visit.user_id == user_id
    )
    return (
        select(schema.Thread.id)
        .join(schema.Membership)
        .where(
            schema.Membership.user_id == user_id,
            schema.Membership.last_seen_seq < schema.Thread.last_seq,
            ~is_looking,
        )
    )


def _find_key(session: Session, thread_id: UUID, name: str) -> UUID | None:
    """A key of the thread's, as far as the visitor may have it."""
    keys = func.burn_keys(thread_id).table_valued("spectator_key", "invitation_key")
    found: UUID | None = session.scalar(select(keys.c[name]))
    return found


def _check_name(name: str) -> str:
    if len(name) > _MOST_TYPED:
        raise _too_long(name)
    name = tidy(name)
    if is_blank(name):
        raise BadName("A thread's name needs at least one character that can be seen.")
    if len(name) > MAX_NAME_CHARACTERS:
        raise _too_long(name)
    return name


def _too_long(name: str) -> BadName:
    return BadName(
        f"A thread's name can have {MAX_NAME_CHARACTERS} characters, and this one has "
        f"{len(name):,}. Shorten it."
    )


def _next_name(session: Session, owner_id: UUID) -> str:
    owned = session.scalar(
        select(func.count())
        .select_from(schema.Membership)
        .where(schema.Membership.user_id == owner_id, schema.Membership.role == "owner")
    )
    return f"Untitled thread {(owned or 0) + 1}"


def _change(
    session: Session, thread_id: UUID, user_id: UUID, action: str, **values: object
) -> None:
    """Set columns of the thread, and append the system event that says so."""
    session.execute(update(schema.Thread).where(schema.Thread.id == thread_id).values(values))
    append_event(session, thread_id, user_id, EventType.SYSTEM, system_data(action))
