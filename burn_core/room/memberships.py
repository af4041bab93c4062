"""Memberships: who is in a thread and in which role, and how they join and leave.

Roles are set only here. Each change appends a system event that says who made it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from burn_core.errors import NotAllowed, NotFound
from burn_core.events import EventType, append_event, system_data
from burn_core.room.sessions import is_current
from burn_core.users import USER_COLUMNS, User
from db import schema

_row = schema.Membership


@dataclass(frozen=True, slots=True)
class Member:
    """A user with their role in a thread."""

    user: User
    role: str
    has_tapped_out: bool
    joined_at: datetime

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"


@dataclass(frozen=True, slots=True)
class AgentUser:
    """An agent that can join a thread, and the role that its rule gives it."""

    user: User
    role: str


_AGENTS = text("""
    SELECT id, name, type, avatar_url, rule
    FROM (
        SELECT DISTINCT ON (u.name) u.id, u.name, u.type, u.avatar_url, u.inserted_at
        FROM users u JOIN agents a ON a.user_id = u.id
        ORDER BY u.name, a.changed_in, u.inserted_at, u.id
    ) AS u
    JOIN LATERAL (
        SELECT a.rule FROM agents a WHERE a.user_id = u.id ORDER BY a.version DESC LIMIT 1
    ) AS in_force ON true
    ORDER BY rule <> 'producer', inserted_at, name DESC
""")

_MEMBER_COLUMNS = (
    *USER_COLUMNS,
    _row.role,
    _row.tapped_out_at.is_not(None).label("has_tapped_out"),
    _row.inserted_at.label("joined_at"),
)


def join_thread(session: Session, thread_id: UUID, user_id: UUID, invitation_key: UUID) -> None:
    """Make the user a member. Does nothing if they already are.

    Raises NotFound if that is not the thread's key. If the owner removed them, begin raises Refused.
    """
    invited = select(schema.Thread.id).where(
        schema.Thread.id == thread_id, schema.Thread.id == func.burn_invited(invitation_key)
    )
    if session.scalar(invited) is None:
        raise NotFound(
            "This invite link no longer works. Ask somebody in the thread for a new one."
        )
    if add_member(session, thread_id, user_id, "member"):
        _append_action(session, thread_id, user_id, "joined")


def leave_thread(session: Session, thread_id: UUID, user_id: UUID) -> None:
    """End the user's membership. If they own the thread, a trigger makes the person who joined next
    its owner. Raises NotAllowed if they aren't a member.
    """
    get_member(session, thread_id, user_id)
    _append_action(session, thread_id, user_id, "left")
    _delete(session, thread_id, user_id)


def add_agent(session: Session, thread_id: UUID, owner_id: UUID, agent_id: UUID) -> None:
    """Add an agent to the thread, on its owner's behalf. Raises NotAllowed, NotFound."""
    check_owner(session, thread_id, owner_id)
    agent = next((each for each in list_agents(session) if each.user.id == agent_id), None)
    if agent is None:
        raise NotFound("There is no such agent.")
    if add_member(session, thread_id, agent_id, agent.role):
        _append_action(session, thread_id, owner_id, "added", agent.user)


def remove_member(session: Session, thread_id: UUID, owner_id: UUID, user_id: UUID) -> None:
    """Remove a person or an agent from the thread, on its owner's behalf. Raises NotAllowed.

    People stay out until the owner lets them in, even with the key of the invitation.
    """
    check_owner(session, thread_id, owner_id)
    if user_id == owner_id:
        raise NotAllowed("You can't remove yourself. Leave the thread instead.")
    member = find_member(session, thread_id, user_id)
    if member is not None:
        # The event comes first: every writer locks a thread before its memberships.
        _append_action(session, thread_id, owner_id, "removed", member.user)
        _delete(session, thread_id, user_id)


def let_in(session: Session, thread_id: UUID, owner_id: UUID, user_id: UUID) -> None:
    """Allow a person who was removed to join again, on the owner's behalf. Raises NotAllowed."""
    check_owner(session, thread_id, owner_id)
    person = next((it for it in list_removed(session, thread_id) if it.id == user_id), None)
    if person is not None:
        _append_action(session, thread_id, owner_id, "let_in", person)


def is_removed(session: Session, thread_id: UUID, user_id: UUID) -> bool:
    """Whether the owner removed this person and hasn't let them in since."""
    return session.scalar(select(func.burn_was_removed(thread_id, user_id))) is True


def list_removed(session: Session, thread_id: UUID) -> list[User]:
    """The people who can't join, because the owner removed them, by name."""
    member_id = schema.Event.data["member"]["id"].astext
    removed = select(member_id).where(
        schema.Event.thread_id == thread_id, schema.Event.data["action"].astext == "removed"
    )
    rows = session.execute(
        select(*USER_COLUMNS)
        .where(
            schema.User.type == "human",
            cast(schema.User.id, Text).in_(removed),
            func.burn_was_removed(thread_id, schema.User.id),
        )
        .order_by(schema.User.name)
    )
    return [User(*row) for row in rows]


def tap_out(session: Session, thread_id: UUID, user_id: UUID) -> None:
    """Stop agents from asking, noting facts about or roasting this person. Raises NotAllowed."""
    if not get_member(session, thread_id, user_id).has_tapped_out:
        _append_action(
            session, thread_id, user_id, "tapped_out"
        )  # a trigger updates the membership


def tap_in(session: Session, thread_id: UUID, user_id: UUID) -> None:
    """Undo tap_out. Raises NotAllowed."""
    if get_member(session, thread_id, user_id).has_tapped_out:
        _append_action(session, thread_id, user_id, "tapped_in")


def get_member(session: Session, thread_id: UUID, user_id: UUID) -> Member:
    """Raises NotAllowed if the user isn't in the thread."""
    member = find_member(session, thread_id, user_id)
    if member is None:
        raise NotAllowed("You are not in this thread. Join it first.")
    return member


def check_owner(session: Session, thread_id: UUID, user_id: UUID) -> None:
    """Raises NotAllowed unless the user owns the thread."""
    if not get_member(session, thread_id, user_id).is_owner:
        raise NotAllowed("Only the owner of this thread can do that.")


def find_member(session: Session, thread_id: UUID, user_id: UUID) -> Member | None:
    row = session.execute(_select_members(thread_id).where(_row.user_id == user_id)).one_or_none()
    return None if row is None else _make_member(row)


def find_signed_in_member(session: Session, thread_id: UUID, browser_id: UUID) -> Member | None:
    """The person signed in with the browser, if they are a member of the thread."""
    row = session.execute(
        _select_members(thread_id)
        .join(schema.Session, schema.Session.user_id == _row.user_id)
        .where(is_current(browser_id))
    ).one_or_none()
    return None if row is None else _make_member(row)


def list_members(session: Session, thread_id: UUID) -> list[Member]:
    """People in the order in which they joined, then agents."""
    return [_make_member(row) for row in session.execute(select_members(thread_id))]


def select_members(thread_id: UUID) -> Select[*tuple[Any, ...]]:
    """The statement that list_members runs."""
    return _select_members(thread_id).order_by(
        schema.User.type.desc(), _row.inserted_at, _row.role.desc(), schema.User.name.desc()
    )


def list_agents(session: Session) -> Sequence[AgentUser]:
    """Every agent to choose from, producers first.

    A thread imported from another database brings its agents. Of agents with the same name, only
    the one that this database had first is listed.
    """
    rows: Iterable[Any] = session.execute(_AGENTS)
    return [
        AgentUser(User(*user), "producer" if rule == "producer" else "comedian")
        for *user, rule in rows
    ]


def add_member(session: Session, thread_id: UUID, user_id: UUID, role: str) -> bool:
    """Write the membership, but no event. Returns False if there already is one."""
    added = session.scalar(
        insert(_row)
        .values(thread_id=thread_id, user_id=user_id, role=role)
        .on_conflict_do_nothing()
        .returning(_row.id)
    )
    return added is not None


def mark_read(session: Session, thread_id: UUID, user_id: UUID) -> None:
    """Note that the person has seen everything in the thread so far."""
    last_seq = select(schema.Thread.last_seq).where(schema.Thread.id == thread_id)
    _update(session, thread_id, user_id, last_seen_seq=last_seq.scalar_subquery())


def _select_members(thread_id: UUID) -> Select[*tuple[Any, ...]]:
    return select(*_MEMBER_COLUMNS).join(schema.User).where(_row.thread_id == thread_id)


def _make_member(row: Any) -> Member:
    *user, role, has_tapped_out, joined_at = row
    return Member(User(*user), role, has_tapped_out, joined_at)


def _update(session: Session, thread_id: UUID, user_id: UUID, **values: object) -> None:
    session.execute(
        update(_row).where(_row.thread_id == thread_id, _row.user_id == user_id).values(values)
    )


def _delete(session: Session, thread_id: UUID, user_id: UUID) -> None:
    session.execute(delete(_row).where(_row.thread_id == thread_id, _row.user_id == user_id))


def _append_action(
    session: Session, thread_id: UUID, by: UUID, action: str, whom: User | None = None
) -> None:
    """Append the system event that says what somebody did and, where there is one, to whom."""
    member = None if whom is None else {"id": str(whom.id), "name": whom.name}
    append_event(session, thread_id, by, EventType.SYSTEM, system_data(action, member))
