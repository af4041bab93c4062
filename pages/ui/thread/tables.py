"""A thread's tables, as its screens show them: the same for everybody who may read the thread.

They reach a browser in two ways: with the page, as text (load_tables), and over its socket when they
change (burn_core/room/broadcast.py). There, store.js keeps them.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy.orm import Session

from burn_core.facts import FactRecord, list_facts
from burn_core.room.broadcast import Broadcasts, Group, Rows, Tables, read_revision, write_part
from burn_core.room.memberships import Member, list_members
from burn_core.room.own_facts import find_forgotten_at
from burn_core.room.transcript import (
    AgentStatus,
    Message,
    find_playing_model,
    list_agent_statuses,
    list_messages,
    list_names,
    list_runs,
)
from burn_core.room.visits import list_present
from burn_core.runs.caps import describe_cap
from burn_core.runs.record import RunRecord
from burn_core.users import User
from db.schema import Json
from pages.ui.shared.live import read_revision as read_live_revision
from pages.ui.shared.own_threads import OWN_THREADS
from pages.ui.shared.resources import get_live, get_web_engine
from pages.ui.shared.shared_cache import shared
from pages.ui.shared.visitor import reading_thread
from pages.ui.thread.avatar import draw_avatar
from pages.ui.thread.message import describe_message

FACTS = 200
EVENTS = 50
AGENT_RUNS = 10
MOST_MESSAGES = 1_000
_CACHED_BYTES = 100_000_000


def _read_chat(session: Session, thread_id: UUID) -> Tables:
    messages = list_messages(session, thread_id, EVENTS)
    return make_chat(session, messages) | {
        "events": {_make_event_key(it): _make_event(it) for it in messages},
        "history": read_history(session, thread_id),
    }


def read_history(session: Session, thread_id: UUID) -> Rows:
    """When words were last forgotten: then messages older than the newest may have changed."""
    forgotten_at = find_forgotten_at(session, thread_id)
    return {"forgotten": {"at": _write_time(forgotten_at)}}


def _read_facts(session: Session, thread_id: UUID) -> Tables:
    facts = list_facts(session, thread_id, FACTS)
    return {"facts": {make_fact_key(it): _make_fact(it) for it in facts}}


def _read_agents(session: Session, thread_id: UUID) -> Tables:
    statuses = list_agent_statuses(session, thread_id)
    runs = list_runs(session, thread_id, AGENT_RUNS)
    return {
        "agents": {it.name: _make_agent(it, order) for order, it in enumerate(statuses)},
        "runs": {f"{it.id} {it.status} {it.error or ''}": _make_run(it) for it in runs},
        "model": {"playing": {"name": find_playing_model(session, thread_id)}},
    }


def _read_people(session: Session, thread_id: UUID) -> Tables:
    members, present = list_members(session, thread_id), list_present(session, thread_id)
    return {"people": {str(it.user.id): _make_person(it, it.user.id in present) for it in members}}


CHAT = Group(
    ("messages", "authors", "events", "history"),
    ("events", "memberships"),
    _read_chat,
    growing=frozenset(["messages", "authors"]),
)
MEMORY = Group(("facts",), ("facts",), _read_facts)
AGENTS = Group(("agents", "runs", "model"), ("runs", "memberships"), _read_agents)
# When an audience joins, its faces are drawn once a second, not for each person.
PEOPLE = Group(("people",), ("memberships", "visits"), _read_people, pause=1.0)
GROUPS = (CHAT, MEMORY, AGENTS, PEOPLE)


@cache
def get_broadcasts() -> Broadcasts:
    """The one of this web process, for its sockets."""
    return Broadcasts(get_live(), get_web_engine(), GROUPS, [OWN_THREADS])


def load_tables(thread_id: UUID, group: Group, *names: str) -> str:
    """The whole tables of the group, or those of these names, as text for the store.

    While tabs here show the thread, that is what they were told last, and nothing is read.
    """
    names = names or group.names
    whole = get_broadcasts().find_whole(thread_id, group)
    if whole is not None:
        return _write_whole(thread_id, names, _Whole(whole))
    revision = read_live_revision(*list_group_topics(thread_id, group))
    return _load_tables(thread_id, group, names, revision)


def load_chat(thread_id: UUID, first: int) -> str:
    """The messages from first on, with what belongs to them, as text for the store: the newest as one
    table, and older ones, of which its socket doesn't tell a tab, as another.
    """
    whole = get_broadcasts().find_whole(thread_id, CHAT)
    revision = read_live_revision(*list_group_topics(thread_id, CHAT))
    if whole is None:
        return _load_chat(thread_id, first, revision, None)
    newest_from = _find_first(whole)
    if first >= newest_from:  # one text for all who show no older ones
        first, revision = newest_from, 0
    return _load_chat(thread_id, first, revision, _Whole(whole))


def find_first(thread_id: UUID) -> int | None:
    """The number of the first of the messages that tabs here were told of, if there are such tabs."""
    whole = get_broadcasts().find_whole(thread_id, CHAT)
    return None if whole is None else _find_first(whole)


def _find_first(whole: Mapping[str, Json]) -> int:
    return min(map(int, whole["messages"]["put"]), default=1)


class _Whole:
    """Tables as the key of a cache: they are the same while they are the same object."""

    def __init__(self, tables: Mapping[str, Json]) -> None:
        self.tables = tables

    def __hash__(self) -> int:
        return id(self.tables)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Whole) and other.tables is self.tables


# The tables in the key take more than their text.
@shared(_CACHED_BYTES, lambda text: 5 * sys.getsizeof(text))
def _write_whole(thread_id: UUID, names: Sequence[str], whole: _Whole) -> str:
    return json.dumps({name: whole.tables[name] for name in names}, ensure_ascii=False)


@shared(_CACHED_BYTES, lambda text: 5 * sys.getsizeof(text))
def _load_chat(thread_id: UUID, first: int, revision: int, whole: _Whole | None) -> str:
    parts = _read_parts(thread_id, CHAT) if whole is None else dict(whole.tables)
    parts.pop("events")
    newest_from = _find_first(parts)
    # What tabs are told next continues this.
    parts["messages"] = parts["messages"] | {"is_all": True}
    if first < newest_from:
        with reading_thread(thread_id) as session:
            messages = list_messages(
                session, thread_id, MOST_MESSAGES, after=first - 1, before=newest_from
            )
            older = make_chat(session, messages)
            read_at = read_revision(session)
        parts["older"] = write_part(older["messages"], read_at)
        parts["older_authors"] = write_part(older["authors"], read_at)
    return json.dumps(parts, ensure_ascii=False)


def list_group_topics(thread_id: UUID, group: Group) -> list[str]:
    return [f"{topic}:{thread_id}" for topic in group.topics]


@shared(_CACHED_BYTES)
def _load_tables(thread_id: UUID, group: Group, names: Sequence[str], revision: int) -> str:
    parts = _read_parts(thread_id, group)
    return json.dumps({name: parts[name] for name in names}, ensure_ascii=False)


def _read_parts(thread_id: UUID, group: Group) -> dict[str, Json]:
    with reading_thread(thread_id) as session:
        tables, revision = group.read(session, thread_id), read_revision(session)
    return {name: write_part(rows, revision) for name, rows in tables.items()}


def make_chat(session: Session, messages: Sequence[Message]) -> Tables:
    """Of events that the chat doesn't show there are empty rows, so that no number is missing."""
    names = list_names(session, messages)
    authors = {it.author for it in messages}
    return {
        "messages": {str(it.event.seq): dict(describe_message(it, names) or {}) for it in messages},
        "authors": {str(it.id): _make_author(it) for it in authors},
    }


def _make_author(user: User) -> Json:
    return {"name": user.name, "avatar": draw_avatar(user)}


def _make_event_key(message: Message) -> str:
    event = message.event
    return f"{event.seq} {event.forgotten_at or ''}".rstrip()


def _make_event(message: Message) -> Json:
    event = message.event
    more = event.data.get("name") or event.data.get("action") or ""
    return {
        "order": event.seq,
        "cells": [str(event.seq), message.author.name, f"{event.type} {more}"],
        "detail": json.dumps(event.data, ensure_ascii=False, indent=2),
    }


def make_fact_key(fact: FactRecord) -> str:
    return f"{fact.id} {fact.updated_at}"


def _make_fact(fact: FactRecord) -> Json:
    confidence = float(fact.confidence)
    level = "high" if confidence >= 0.8 else "middle" if confidence >= 0.5 else "low"
    standing = {"disputed": fact.disputed, "hearsay": fact.hearsay, "confirmed": fact.confirmed_at}
    words = [f"confidence {confidence}", *(word for word, is_so in standing.items() if is_so)]
    return {
        "order": fact.inserted_at.timestamp(),
        "about": str(fact.subject_id),
        "cells": [fact.subject, fact.predicate, fact.object],
        "mark": {"level": level, "title": ", ".join(words)},
    }


def _make_run(run: RunRecord) -> Json:
    seconds = "" if run.seconds is None else f"{run.seconds:.2f} s"
    detail = {
        "events": f"{run.from_seq}–{run.to_seq}",
        "model": run.model,
        "tokens": sum(run.tokens.values()) or None,
        "tries": run.attempts,
        "error": run.error,
    }
    return {
        "order": run.started_at.timestamp(),
        "cells": [run.agent, run.status, run.reason, seconds],
        "detail": json.dumps(detail, ensure_ascii=False, indent=2),
    }


def _make_agent(agent: AgentStatus, order: int) -> Json:
    """What status.js tells about the agent. Times are ISO 8601."""
    run = agent.last_run
    return {
        "order": order,
        "name": agent.name,
        "is_due": agent.is_due,
        "status": None if run is None else run.status,
        "reason": "" if run is None else run.reason,
        "error": None if run is None else run.error,
        "started_at": None if run is None else run.started_at.isoformat(),
        "wakes_at": _write_time(agent.wakes_at),
        "waits_for": None if agent.waits_for is None else describe_cap(agent.waits_for),
        "cut_off_since": _write_time(agent.cut_off_since),
    }


def _make_person(member: Member, is_here: bool) -> Json:
    return {
        "order": member.joined_at.timestamp(),
        "name": member.user.name,
        "role": member.role,
        "is_agent": member.user.is_agent,
        "avatar": draw_avatar(member.user),
        "is_here": is_here,
        "has_tapped_out": member.has_tapped_out,
    }


def _write_time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
