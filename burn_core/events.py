"""Events: the four kinds, their data, and appending one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from db import schema
from db.schema import Json


class EventType(StrEnum):
    SYSTEM = "system"  # somebody created, joined, left, renamed, closed… the thread
    TEXT = "text"  # a person's words
    TOOL_USE = "tool_use"  # what an agent chose to do
    TOOL_RESULT = "tool_result"  # the result of a tool use: other clients may write it, Burn's tools need none


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """An event as a value. Its row never changes, unless somebody has words in it forgotten."""

    id: UUID
    seq: int
    user_id: UUID
    type: str
    data: Json
    inserted_at: datetime

    @property
    def forgotten_at(self) -> str | None:
        """When words of it were last forgotten, as JSON has it."""
        return find_forgotten_at(self.data)


def find_forgotten_at(data: Json) -> str | None:
    """When words of an event with this data were last forgotten, as JSON has it."""
    forgotten = data.get("forgotten")
    return str(forgotten.get("at")) if isinstance(forgotten, dict) else None


EVENT_COLUMNS = (
    schema.Event.id,
    schema.Event.seq,
    schema.Event.user_id,
    schema.Event.type,
    schema.Event.data,
    schema.Event.inserted_at,
)


# On the table, not the class: the same SQL, without the cost of an ORM insert.
_table = cast(Table, schema.Event.__table__)
_INSERT = insert(_table).returning(*(_table.c[column.key] for column in EVENT_COLUMNS))


def text_data(text: str) -> Json:
    return {"text": text}


def system_data(action: str, member: Json | None = None) -> Json:
    """action is what was done to the thread: created, joined, left, removed, tapped_out, …

    member is the id and name of the user it was done to, if that isn't the author.
    """
    done: Json = {"action": action, "target": "thread"}
    return done if member is None else done | {"member": member}


def fact_data(action: str, fact_id: UUID) -> Json:
    """action is what the person whom the fact is about did: confirmed, disputed or forgot."""
    return {"action": action, "target": "fact", "fact": str(fact_id)}


def tool_use_data(id: str, name: str, input: Json) -> Json:
    return {"id": id, "name": name, "input": input}


def append_event(
    session: Session, thread_id: UUID, user_id: UUID, type: EventType, data: Json
) -> Event:
    """Append an event at the end of its thread and return it with its seq.

    If a rule of the database refuses the author or the data, db.connection.begin raises Refused.
    """
    values = {"thread_id": thread_id, "user_id": user_id, "type": str(type), "data": data}
    return Event(*session.execute(_INSERT, values).one())
