"""A thread as loaded at one seq: the one thing that rules, rendering and validation look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, column, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from burn_core.accounts import USER_COLUMNS, User
from burn_core.events import EVENT_COLUMNS, Event
from burn_core.memory import count_facts
from db import schema


@dataclass(frozen=True)
class Snapshot:
    """Everything about a thread up to and including seq."""

    thread_id: UUID
    seq: int
    events: tuple[Event, ...]
    users: Mapping[UUID, User] = field(default_factory=dict)  # members, and authors of events
    roles: Mapping[UUID, str] = field(default_factory=dict)  # of the members
    rules: Mapping[UUID, str] = field(default_factory=dict)  # of the agents among them
    fact_counts: Mapping[UUID, int] = field(default_factory=dict)  # facts per subject

    def events_after(self, seq: int) -> tuple[Event, ...]:
        """The events with a greater seq."""
        first = self.events[0].seq if self.events else 1
        return self.events[max(seq + 1 - first, 0) :]

    def is_person_here(self, user_id: UUID) -> bool:
        """Whether that is a member, and a person."""
        return user_id in self.roles and not self.users[user_id].is_agent


def load_snapshot(session: Session, thread_id: UUID, at: int | None = None) -> Snapshot:
    """The thread as it is now, or with the events, and facts, that it had at a seq."""
    snapshot = load_snapshots(session, {thread_id: None})[thread_id]
    if at is None:
        return snapshot
    events = tuple(event for event in snapshot.events if event.seq <= at)
    return replace(
        snapshot,
        seq=_last_seq(events),
        events=events,
        fact_counts=count_facts(session, [thread_id], at)[thread_id],
    )


def load_snapshots(session: Session, known: Mapping[UUID, Snapshot | None]) -> dict[UUID, Snapshot]:
    """Today's snapshots of several threads, each from the one already known.

    Events are append-only, so only those after the known seq are read.
    """
    events = _load_events(session, known)
    members = _load_members(session, list(known))
    users = _load_users(session, events, members)
    facts = count_facts(session, list(known))
    return {
        thread_id: Snapshot(
            thread_id,
            _last_seq(events[thread_id]),
            events[thread_id],
            users,
            {user_id: role for user_id, role, _ in members[thread_id]},
            {user_id: rule for user_id, _, rule in members[thread_id] if rule is not None},
            facts[thread_id],
        )
        for thread_id in known
    }


def _last_seq(events: Sequence[Event]) -> int:
    return events[-1].seq if events else 0


def _load_events(
    session: Session, known: Mapping[UUID, Snapshot | None]
) -> dict[UUID, tuple[Event, ...]]:
    seen = (
        func.unnest(
            literal(list(known), ARRAY(Uuid)),
            literal(
                [snapshot.seq if snapshot else 0 for snapshot in known.values()], ARRAY(Integer)
            ),
        )
        .table_valued(column("thread_id", Uuid), column("seq", Integer), name="seen")
        .render_derived()
    )
    rows: Iterable[Any] = session.execute(
        select(schema.Event.thread_id, *EVENT_COLUMNS)
        .join(
            seen,
            (schema.Event.thread_id == seen.c.thread_id) & (schema.Event.seq > seen.c.seq),
        )
        .order_by(schema.Event.thread_id, schema.Event.seq)
    )
    new: dict[UUID, list[Event]] = {thread_id: [] for thread_id in known}
    for thread_id, *event in rows:
        new[thread_id].append(Event(*event))
    return {
        thread_id: (snapshot.events if snapshot else ()) + tuple(new[thread_id])
        for thread_id, snapshot in known.items()
    }


def _load_members(
    session: Session, thread_ids: Sequence[UUID]
) -> dict[UUID, list[tuple[UUID, str, str | None]]]:
    """The members of each thread: user id, role, and the rule of those that are agents."""
    in_force = (
        select(schema.Agent.user_id, schema.Agent.rule)
        .ext(distinct_on(schema.Agent.user_id))
        .order_by(schema.Agent.user_id, schema.Agent.version.desc())
        .subquery()
    )
    rows = session.execute(
        select(
            schema.Membership.thread_id,
            schema.Membership.user_id,
            schema.Membership.role,
            in_force.c.rule,
        )
        .outerjoin(in_force, in_force.c.user_id == schema.Membership.user_id)
        .where(schema.Membership.thread_id.in_(thread_ids))
    )
    members: dict[UUID, list[tuple[UUID, str, str | None]]] = {id: [] for id in thread_ids}
    for thread_id, user_id, role, rule in rows:
        members[thread_id].append((user_id, role, rule))
    return members


def _load_users(
    session: Session,
    events: Mapping[UUID, Sequence[Event]],
    members: Mapping[UUID, Sequence[tuple[UUID, str, str | None]]],
) -> dict[UUID, User]:
    ids = {user_id for of_thread in members.values() for user_id, _, _ in of_thread}
    ids |= {event.user_id for of_thread in events.values() for event in of_thread}
    rows = session.execute(select(*USER_COLUMNS).where(schema.User.id.in_(ids)))
    return {user.id: user for user in (User(*row) for row in rows)}
