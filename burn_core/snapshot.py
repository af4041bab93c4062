"""A thread as loaded at one seq: the one thing that rules, rendering and validation look at."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from burn_core.events import Event
from burn_core.facts import COUNT_FACTS, count_facts_at, list_subjects
from burn_core.users import User
from db.connection import fetch_all

# Where words were forgotten since the thread was read, all of it is read again. With OFFSET, Postgres
# takes one thread after the other, and finds the new events of each by their index.
_EVENTS = text("""
    SELECT e.thread_id, t.forgotten_at, e.id, e.seq, e.user_id, e.type, e.data, e.inserted_at
    FROM unnest(:thread_ids, :seqs, CAST(:forgotten AS timestamptz[]))
        AS known(thread_id, seq, forgotten_at)
    JOIN threads t ON t.id = known.thread_id
    CROSS JOIN LATERAL (
        SELECT * FROM events WHERE thread_id = known.thread_id AND seq > CASE
            WHEN t.forgotten_at IS NOT DISTINCT FROM known.forgotten_at THEN known.seq ELSE 0 END
        OFFSET 0
    ) AS e
    ORDER BY e.thread_id, e.seq
""")

_MEMBERS = text("""
    SELECT m.thread_id, m.role, m.tapped_out_at IS NOT NULL, agent.rule, u.id, u.name, u.type, u.avatar_url
    FROM memberships m
    JOIN users u ON u.id = m.user_id
    LEFT JOIN LATERAL (
        SELECT a.rule FROM agents a WHERE a.user_id = u.id ORDER BY a.version DESC LIMIT 1
    ) AS agent ON true
    WHERE m.thread_id = ANY(:thread_ids)
""")

_USERS = text("SELECT id, name, type, avatar_url FROM users WHERE id = ANY(:ids)")


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
    tapped_out: frozenset[UUID] = frozenset()  # members whom agents leave alone
    subjects: Mapping[UUID, UUID] | None = None  # of each fact; None until load_facts
    forgotten_at: datetime | None = None  # when words in it were last forgotten

    def events_after(self, seq: int) -> tuple[Event, ...]:
        """The events with a greater seq."""
        return self.events[bisect_right(self.events, seq, key=attrgetter("seq")) :]

    def is_person_here(self, user_id: UUID) -> bool:
        """Whether that is a member, and a person."""
        return user_id in self.roles and not self.users[user_id].is_agent

    def find_subject(self, fact_id: UUID) -> UUID | None:
        """Whom the fact is about, or None where the thread has no such fact."""
        if self.subjects is None:
            raise RuntimeError("The facts of this snapshot were not loaded: see load_facts.")
        return self.subjects.get(fact_id)


def load_snapshot(session: Session, thread_id: UUID, at: int | None = None) -> Snapshot:
    """The thread as it is now, or with the events and counts of facts that it had at a seq."""
    snapshot = load_snapshots(session, [thread_id])[thread_id]
    if at is None:
        return snapshot
    events = tuple(event for event in snapshot.events if event.seq <= at)
    return replace(
        snapshot,
        seq=events[-1].seq if events else 0,
        events=events,
        fact_counts=count_facts_at(session, thread_id, at),
    )


def load_snapshots(
    session: Session, thread_ids: Iterable[UUID], known: Mapping[UUID, Snapshot] | None = None
) -> dict[UUID, Snapshot]:
    """The current snapshots of several threads, by id.

    Events are append-only: where a snapshot is known, only those after its seq are read, unless
    somebody had words forgotten since.
    """
    before = {id: (known or {}).get(id) or Snapshot(id, 0, ()) for id in thread_ids}
    ids = {"thread_ids": list(before)}
    known_so_far = {
        "seqs": [snapshot.seq for snapshot in before.values()],
        "forgotten": [snapshot.forgotten_at for snapshot in before.values()],
    }
    members, events, counts = fetch_all(
        session, (_MEMBERS, ids), (_EVENTS, ids | known_so_far), (COUNT_FACTS, ids)
    )
    with_members = _add_members(before, members)
    with_events = _add_events(session, with_members, events)
    return _add_counts(with_events, counts)


def load_facts(session: Session, snapshot: Snapshot) -> Snapshot:
    """The snapshot with the subjects of its facts, for tools that cite facts."""
    return replace(snapshot, subjects=list_subjects(session, snapshot.thread_id))


def _add_members(
    snapshots: Mapping[UUID, Snapshot], members: Iterable[Any]
) -> dict[UUID, Snapshot]:
    users = {id: dict(snapshot.users) for id, snapshot in snapshots.items()}
    roles: dict[UUID, dict[UUID, str]] = {id: {} for id in snapshots}
    rules: dict[UUID, dict[UUID, str]] = {id: {} for id in snapshots}
    tapped_out: dict[UUID, set[UUID]] = {id: set() for id in snapshots}
    for thread_id, role, has_tapped_out, rule, user_id, *user in members:
        users[thread_id][user_id] = User(user_id, *user)
        roles[thread_id][user_id] = role
        if rule is not None:
            rules[thread_id][user_id] = rule
        if has_tapped_out:
            tapped_out[thread_id].add(user_id)
    return {
        id: replace(
            snapshot,
            users=users[id],
            roles=roles[id],
            rules=rules[id],
            tapped_out=frozenset(tapped_out[id]),
        )
        for id, snapshot in snapshots.items()
    }


def _add_events(
    session: Session, snapshots: Mapping[UUID, Snapshot], events: Iterable[Any]
) -> dict[UUID, Snapshot]:
    new: dict[UUID, list[Event]] = {id: [] for id in snapshots}
    forgotten = {id: snapshot.forgotten_at for id, snapshot in snapshots.items()}
    for thread_id, forgotten_at, *event in events:
        new[thread_id].append(Event(*event))
        forgotten[thread_id] = forgotten_at
    return {
        id: replace(
            _append(snapshot, new[id], _load_former_members(session, snapshot, new[id])),
            forgotten_at=forgotten[id],
        )
        for id, snapshot in snapshots.items()
    }


def _add_counts(snapshots: Mapping[UUID, Snapshot], counts: Iterable[Any]) -> dict[UUID, Snapshot]:
    by_thread: dict[UUID, dict[UUID, int]] = {id: {} for id in snapshots}
    for thread_id, subject_id, count in counts:
        by_thread[thread_id][subject_id] = count
    return {id: replace(each, fact_counts=by_thread[id]) for id, each in snapshots.items()}


def _append(
    snapshot: Snapshot, new: Sequence[Event], former_members: Mapping[UUID, User]
) -> Snapshot:
    if not new:
        return snapshot
    return replace(
        snapshot,
        seq=new[-1].seq,
        events=tuple(new) if new[0].seq <= snapshot.seq else (*snapshot.events, *new),
        users={**snapshot.users, **former_members},
    )


def _load_former_members(
    session: Session, snapshot: Snapshot, events: Sequence[Event]
) -> dict[UUID, User]:
    """The authors of events who have left. There rarely are any, and then there is no query."""
    ids = {event.user_id for event in events} - snapshot.users.keys()
    if not ids:
        return {}
    rows: Iterable[Any] = session.execute(_USERS, {"ids": list(ids)})
    return {user.id: user for user in (User(*row) for row in rows)}
