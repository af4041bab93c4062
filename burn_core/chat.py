"""What a thread's chat shows: its events, with who wrote them and what they took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from burn_core.accounts import USER_COLUMNS, User
from burn_core.events import EVENT_COLUMNS, Event, EventType
from db import schema


@dataclass(frozen=True, slots=True)
class Message:
    """An event as the chat shows it."""

    event: Event
    author: User
    model: str | None  # which model chose it, for an agent's
    is_first_question: bool  # to this person, in this thread


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as the screen shows it."""

    agent: str
    from_seq: int
    to_seq: int
    status: str
    reason: str
    model: str | None
    attempts: int
    tokens: int | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None


def list_messages(
    session: Session, thread_id: UUID, limit: int, *, after: int = 0, before: int | None = None
) -> list[Message]:
    """The newest events with a seq above after and below before, in order, at most limit."""
    query = (
        select(*EVENT_COLUMNS, *USER_COLUMNS, schema.Run.model, _is_first_question())
        .join(schema.User, schema.User.id == schema.Event.user_id)
        .outerjoin(schema.Run, schema.Run.tool_use_event_id == schema.Event.id)
        .where(schema.Event.thread_id == thread_id, schema.Event.seq > after)
        .order_by(schema.Event.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(schema.Event.seq < before)
    newest_first: Iterable[Any] = session.execute(query)
    return [_make_message(row) for row in newest_first][::-1]


def list_names(session: Session, messages: Sequence[Message]) -> dict[str, str]:
    """The names of the people whom the messages are about, by id as the messages spell it."""
    ids = {str(UUID(s)) for m in messages for s in _list_subjects(m.event) if _is_uuid(s)}
    rows = session.execute(select(schema.User.id, schema.User.name).where(schema.User.id.in_(ids)))
    return {str(user_id): name for user_id, name in rows}


def list_runs(session: Session, thread_id: UUID, limit: int) -> list[RunLine]:
    """The newest runs of a thread, newest first, at most limit."""
    run = schema.Run
    rows = session.execute(
        select(
            schema.User.name,
            run.from_seq,
            run.to_seq,
            run.status,
            run.reason,
            run.model,
            run.attempts,
            run.input_tokens
            + run.output_tokens
            + run.cache_creation_input_tokens
            + run.cache_read_input_tokens,
            run.error,
            run.started_at,
            run.finished_at,
        )
        .join(schema.User, schema.User.id == run.user_id)
        .where(run.thread_id == thread_id)
        .order_by(run.started_at.desc(), run.id)
        .limit(limit)
    )
    return [RunLine(*row) for row in rows]


def count_subjects(event: Event) -> dict[str, int]:
    """How many facts an extract_facts event has about each subject's id."""
    counts: dict[str, int] = {}
    for subject in _list_subjects(event):
        counts[subject] = counts.get(subject, 0) + 1
    return counts


def _make_message(row: Any) -> Message:
    cut, end = len(EVENT_COLUMNS), len(EVENT_COLUMNS) + len(USER_COLUMNS)
    return Message(Event(*row[:cut]), User(*row[cut:end]), *row[end:])


def _is_first_question() -> ColumnElement[bool]:
    earlier = aliased(schema.Event)
    return _is_question(schema.Event) & ~exists().where(
        earlier.thread_id == schema.Event.thread_id,
        earlier.seq < schema.Event.seq,
        _is_question(earlier),
        _subject(earlier) == _subject(schema.Event),
    )


def _is_question(event: Any) -> ColumnElement[bool]:
    is_ask: ColumnElement[bool] = event.data["name"].as_string() == "ask_user_about_themselves"
    is_tool_use: ColumnElement[bool] = event.type == EventType.TOOL_USE
    return is_tool_use & is_ask


def _subject(event: Any) -> ColumnElement[str]:
    subject: ColumnElement[str] = event.data[("input", "subject")].as_string()
    return subject


def _list_subjects(event: Event) -> list[str]:
    """The ids that a tool use is about: one per fact, or one at all. Whoever wrote it."""
    if event.type != EventType.TOOL_USE:
        return []
    tool_input = event.data["input"]
    facts = tool_input.get("facts", [tool_input])
    return [
        str(fact["subject"])
        for fact in (facts if isinstance(facts, list) else [])
        if isinstance(fact, dict) and "subject" in fact
    ]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
