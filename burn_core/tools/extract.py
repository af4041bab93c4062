"""Sarah's notes: what people said about themselves, as facts."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field, PrivateAttr, WithJsonSchema, field_validator
from sqlalchemy.orm import Session

from burn_core.errors import ToolError
from burn_core.events import Event, EventType
from burn_core.facts import add_facts
from burn_core.snapshot import Snapshot
from burn_core.tools.tool import Input, Tool, check_person
from db.schema import Json

_STEPS = [step / 10 for step in range(1, 11)]


class NewFact(Input):
    subject: UUID = Field(description="The id of the person that the fact is about.")
    predicate: str = Field(
        description="What links the person to the object, in the third person: likes, lives in, "
        "works as, has never been to.",
        min_length=1,
        max_length=200,
    )
    object: str = Field(
        description="The other end of the link, short: chess, Lisbon, a night nurse.",
        min_length=1,
        max_length=500,
    )
    category: str = Field(
        description="One word for the part of life: hobby, food, work, home, family, pet, …",
        min_length=1,
        max_length=40,
    )
    confidence: Annotated[Decimal, WithJsonSchema({"type": "number", "enum": _STEPS})] = Field(
        description="How sure the words make you: 0.9 if plainly said, less if hinted."
    )
    disputed: bool = Field(description="Whether somebody involved said that it isn't so.")
    source_event: UUID = Field(description="The id of the message that says it.")
    # Its row's id, by which comedians will cite it.
    _id: UUID = PrivateAttr(default_factory=uuid4)

    @field_validator("confidence")
    @classmethod
    def _is_a_step(cls, confidence: Decimal) -> Decimal:
        if float(confidence) not in _STEPS:
            raise ValueError("must be one of 0.1, 0.2, … 1.0")
        return confidence


class Extract(Input):
    facts: list[NewFact] = Field(description="The new facts, one entry each.", min_length=1)


def _check(snapshot: Snapshot, fields: Extract) -> None:
    for fact in fields.facts:
        check_person(snapshot, fact.subject)
        if not _is_message(snapshot, fact.source_event):
            raise ToolError(
                f"source_event {fact.source_event} is not a message in this thread. Use the id "
                "of the user_message that says the fact."
            )


def _is_message(snapshot: Snapshot, event_id: UUID) -> bool:
    # From the end: the newest messages are the likeliest sources.
    return any(
        event.type == EventType.TEXT and event.id == event_id for event in reversed(snapshot.events)
    )


def _list_fact_ids(fields: Extract) -> Json:
    return {"fact_ids": [str(fact._id) for fact in fields.facts]}


def _perform(session: Session, thread_id: UUID, event: Event, fields: Extract) -> None:
    add_facts(
        session,
        [
            {
                "id": fact._id,
                "thread_id": thread_id,
                "subject_id": fact.subject,
                "source_event_id": fact.source_event,
                "tool_use_event_id": event.id,
                **fact.model_dump(exclude={"subject", "source_event"}),
            }
            for fact in fields.facts
        ],
    )


extract_facts = Tool(
    name="extract_facts",
    description="Write down facts that people in the thread said about themselves. The comedians "
    "work from nothing else, so be exact and miss nothing.",
    fields=Extract,
    check=_check,
    extra_event_data=_list_fact_ids,
    perform=_perform,
)
