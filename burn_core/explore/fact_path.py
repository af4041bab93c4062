"""The path of a fact: the words that it came from, the run that wrote it down, the roasts it fed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from burn_core.explore.facts import FOUND_COLUMNS, FoundFact
from burn_core.explore.search import Statement, list_visible_threads
from db import schema
from db.schema import Json

ROASTS = 100
_Fact, _Event, _Run, _Agent = schema.Fact, schema.Event, schema.Run, schema.Agent


@dataclass(frozen=True, slots=True)
class PathEvent:
    """An event on the path, and who wrote it."""

    id: UUID
    seq: int
    author: str
    data: Json
    inserted_at: datetime


@dataclass(frozen=True, slots=True)
class PathRun:
    """The run that wrote the fact down, and the agent as it was then."""

    id: UUID
    from_seq: int
    to_seq: int
    status: str
    reason: str
    reason_data: Json
    attempts: int
    model: str | None
    prompt_sha256: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    version: int
    prompt: str


@dataclass(frozen=True, slots=True)
class FactPath:
    """A fact that somebody typed into the database came from no message, or no run."""

    fact: FoundFact
    message: PathEvent | None
    tool_use: PathEvent | None
    run: PathRun | None


_message, _tool_use = aliased(_Event, name="message"), aliased(_Event, name="tool_use")
_author, _agent_user = aliased(schema.User, name="author"), aliased(schema.User, name="agent_user")
_RUN_COLUMNS = (
    _Run.id.label("run_id"),
    _Run.from_seq,
    _Run.to_seq,
    _Run.status,
    _Run.reason,
    _Run.reason_data,
    _Run.attempts,
    _Run.model,
    _Run.prompt_sha256,
    _Run.input_tokens,
    _Run.output_tokens,
    _Run.cache_creation_input_tokens,
    _Run.cache_read_input_tokens,
    _Agent.version,
    _Agent.prompt,
)
# As the index of tools has them: with parameters in them, a kept plan couldn't use it.
_IS_ROAST: ColumnElement[bool] = literal_column(
    "events.type = 'tool_use' AND (events.data ->> 'name') = 'roast_user'"
)
_USED: ColumnElement[Any] = literal_column("(events.data -> 'input' -> 'facts')")


def select_path(user_id: UUID, fact_id: UUID) -> Statement:
    """The fact and what it came from, in one row, if it is in a thread of the person's.

    A fact typed by hand can name events of any thread: those of others are nobody's business.
    """
    return (
        select(
            *FOUND_COLUMNS,
            *_list_columns("message", _message, _author),
            *_list_columns("tool_use", _tool_use, _agent_user),
            *_RUN_COLUMNS,
        )
        .join(schema.Thread, schema.Thread.id == _Fact.thread_id)
        .join(schema.User, schema.User.id == _Fact.subject_id)
        .outerjoin(_message, _is_of_fact(_message, _Fact.source_event_id))
        .outerjoin(_author, _author.id == _message.user_id)
        .outerjoin(_tool_use, _is_of_fact(_tool_use, _Fact.tool_use_event_id))
        .outerjoin(_agent_user, _agent_user.id == _tool_use.user_id)
        .outerjoin(_Run, _Run.tool_use_event_id == _tool_use.id)
        .outerjoin(_Agent, _Agent.id == _Run.agent_id)
        .where(_Fact.id == fact_id, _Fact.thread_id.in_(list_visible_threads(user_id)))
        .limit(1)
    )


def find_path(session: Session, path: Statement) -> FactPath | None:
    """The path of a select_path."""
    row = session.execute(path).one_or_none()
    if row is None:
        return None
    start = len(FOUND_COLUMNS)
    fact, message = row[:start], row[start : start + 5]
    tool_use, run = row[start + 5 : start + 10], row[start + 10 :]
    return FactPath(
        FoundFact(*fact),
        None if message[0] is None else PathEvent(*message),
        None if tool_use[0] is None else PathEvent(*tool_use),
        None if run[0] is None else PathRun(*run),
    )


def select_roasts(user_id: UUID, fact: FoundFact) -> Statement:
    """The first ROASTS roasts that used the fact, in order, with the columns of PathEvent."""
    this = cast(literal(f'["{fact.id}"]', Text), JSONB)
    return (
        select(*_list_columns("roast", _Event, schema.User))
        .join(schema.User, schema.User.id == _Event.user_id)
        .where(
            _Event.thread_id == fact.thread_id,
            _Event.thread_id.in_(list_visible_threads(user_id)),
            _IS_ROAST,
            _USED.op("@>", is_comparison=True)(this),
        )
        .order_by(_Event.seq)
        .limit(ROASTS)
    )


def list_roasts(session: Session, roasts: Statement) -> list[PathEvent]:
    rows: Iterable[Any] = session.execute(roasts)
    return [PathEvent(*row) for row in rows]


def _is_of_fact(event: Any, id: Any) -> Any:
    return and_(event.id == id, event.thread_id == _Fact.thread_id)


def _list_columns(prefix: str, event: Any, user: Any) -> list[Any]:
    """The columns of a PathEvent."""
    columns = {
        "id": event.id,
        "seq": event.seq,
        "author": user.name,
        "data": event.data,
        "at": event.inserted_at,
    }
    return [column.label(f"{prefix}_{name}") for name, column in columns.items()]
