"""How a fact came about: the message it came from, the run that wrote it down, the roasts it fed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from burn_core.explore.search import Statement, select_visible_threads
from burn_core.facts import FACT_COLUMNS, FactRecord
from burn_core.runs.record import RunRecord, list_run_columns
from db import schema
from db.schema import Json

ROASTS = 100
_Fact, _Event, _Run = schema.Fact, schema.Event, schema.Run


@dataclass(frozen=True, slots=True)
class PathEvent:
    """An event on the path, and who wrote it."""

    id: UUID
    seq: int
    author: str
    data: Json
    inserted_at: datetime


@dataclass(frozen=True, slots=True)
class FactPath:
    """How a fact came about. One that somebody typed by hand may have no message and no run."""

    fact: FactRecord
    message: PathEvent | None
    tool_use: PathEvent | None
    run: RunRecord | None
    prompt: str | None  # the agent's, at the time of the run


_message, _tool_use = aliased(_Event, name="message"), aliased(_Event, name="tool_use")
_author, _agent_user = aliased(schema.User, name="author"), aliased(schema.User, name="agent_user")
_RUN_COLUMNS = [column.label(f"run_{column.key}") for column in list_run_columns(user=_agent_user)]
# Spelled as in the index of tools: with parameters in them, a kept plan couldn't use it.
_IS_ROAST: ColumnElement[bool] = literal_column(
    "events.type = 'tool_use' AND (events.data ->> 'name') = 'roast_user'"
)
_USED: ColumnElement[Any] = literal_column("(events.data -> 'input' -> 'facts')")


def select_path(user_id: UUID, fact_id: UUID) -> Statement:
    """A fact in one of the person's threads and what it came from, in one row.

    A fact typed by hand can name events of any thread. Those of other threads stay private.
    """
    return (
        select(
            *FACT_COLUMNS,
            *_list_columns("message", _message, _author),
            *_list_columns("tool_use", _tool_use, _agent_user),
            *_RUN_COLUMNS,
            schema.Agent.prompt,
        )
        .join(schema.Thread, schema.Thread.id == _Fact.thread_id)
        .join(schema.User, schema.User.id == _Fact.subject_id)
        .outerjoin(_message, _is_of_fact(_message, _Fact.source_event_id))
        .outerjoin(_author, _author.id == _message.user_id)
        .outerjoin(_tool_use, _is_of_fact(_tool_use, _Fact.tool_use_event_id))
        .outerjoin(_agent_user, _agent_user.id == _tool_use.user_id)
        .outerjoin(_Run, _Run.tool_use_event_id == _tool_use.id)
        .outerjoin(schema.Agent, schema.Agent.id == _Run.agent_id)
        .where(_Fact.id == fact_id, _Fact.thread_id.in_(select_visible_threads(user_id)))
        .limit(1)
    )


def find_path(session: Session, statement: Statement) -> FactPath | None:
    """The path of a select_path."""
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    columns = iter(row)
    fact, message, tool_use, run = (
        list(islice(columns, length)) for length in (len(FACT_COLUMNS), 5, 5, len(_RUN_COLUMNS))
    )
    return FactPath(
        FactRecord(*fact),
        None if message[0] is None else PathEvent(*message),
        None if tool_use[0] is None else PathEvent(*tool_use),
        # Without a run there is no version of its agent.
        None if run[1] is None else RunRecord(*run),
        next(columns),
    )


def select_roasts(user_id: UUID, fact: FactRecord) -> Statement:
    """The first ROASTS roasts that used the fact, in order, with the columns of PathEvent."""
    this = cast(literal(f'["{fact.id}"]', Text), JSONB)
    return (
        select(*_list_columns("roast", _Event, schema.User))
        .join(schema.User, schema.User.id == _Event.user_id)
        .where(
            _Event.thread_id == fact.thread_id,
            _Event.thread_id.in_(select_visible_threads(user_id)),
            _IS_ROAST,
            _USED.op("@>", is_comparison=True)(this),
        )
        .order_by(_Event.seq)
        .limit(ROASTS)
    )


def list_roasts(session: Session, statement: Statement) -> list[PathEvent]:
    rows: Iterable[Any] = session.execute(statement)
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
