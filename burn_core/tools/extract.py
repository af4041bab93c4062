"""Sarah's notes: what people said about themselves, as facts; about others, it is hearsay.

A fact that is known isn't written twice, and one that has changed takes the older one's place.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field, PrivateAttr, WithJsonSchema, field_validator

from burn_core.errors import ToolError
from burn_core.events import Event, EventType
from burn_core.snapshot import Snapshot
from burn_core.tools.noted import Noted, list_forgotten, list_noted, without_case_and_spaces
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
    supersedes: list[UUID] = Field(
        default=[],
        description="The ids of facts that are no longer so because of this one: the person corrected "
        "them, or they have changed. Each extract_facts above has them as fact_ids, in the order of "
        "its facts. Mostly there are none.",
    )
    # What _check finds out. The id is its row's, by which comedians will cite it.
    _id: UUID = PrivateAttr(default_factory=uuid4)
    _is_new: bool = PrivateAttr(default=True)
    _is_hearsay: bool = PrivateAttr(default=False)
    _superseded: set[UUID] = PrivateAttr(default_factory=set)
    _superseded_by: UUID | None = PrivateAttr(default=None)

    @field_validator("confidence")
    @classmethod
    def _is_a_step(cls, confidence: Decimal) -> Decimal:
        if float(confidence) not in _STEPS:
            raise ValueError("must be one of 0.1, 0.2, … 1.0")
        return confidence


class Extract(Input):
    facts: list[NewFact] = Field(description="The new facts, one entry each.", min_length=1)


def _check(snapshot: Snapshot, fields: Extract) -> None:
    noted = {each.id: each for each in list_noted(snapshot.events)}
    forgotten = list_forgotten(snapshot.events)
    for fact in fields.facts:
        check_person(snapshot, fact.subject)
        source = _get_message(snapshot, fact.source_event)
        name = snapshot.users[fact.subject].name
        if source.forgotten_at or (str(fact.subject), str(source.id)) in forgotten:
            raise ToolError(
                f"{name} had what message {source.id} says about them forgotten. Leave it out."
            )
        fact._is_hearsay = source.user_id != fact.subject
        _check_superseded(fact, name, noted)
        _settle(fact, source, snapshot.seq + 1, noted)
    if not any(fact._is_new or fact._superseded for fact in fields.facts):
        raise ToolError(
            "All of that is written down already. Write down what is new, or use another tool."
        )
    by_id = {fact._id: fact for fact in fields.facts if fact._is_new}
    for fact in fields.facts:
        for id in fact._superseded & by_id.keys():
            by_id[id]._superseded_by = fact._id


def _get_message(snapshot: Snapshot, event_id: UUID) -> Event:
    # From the end: the newest messages are the likeliest sources.
    for event in reversed(snapshot.events):
        if event.type == EventType.TEXT and event.id == event_id:
            return event
    raise ToolError(
        f"source_event {event_id} is not a message in this thread. Use the id of the user_message "
        "that says the fact."
    )


def _check_superseded(fact: NewFact, name: str, noted: Mapping[UUID, Noted]) -> None:
    if fact.supersedes and fact._is_hearsay:
        raise ToolError(
            f"What somebody else says about {name} takes the place of nothing. Leave supersedes empty."
        )
    for id in fact.supersedes:
        if id not in noted or noted[id].subject != str(fact.subject):
            raise ToolError(
                f"{id} is not a fact in force about {name}. In supersedes, name fact_ids of "
                "extract_facts about the same person, or none."
            )


def _settle(fact: NewFact, source: Event, seq: int, noted: dict[UUID, Noted]) -> None:
    """Whether the fact is new, and which facts it takes the place of. noted becomes what is then in force."""
    same = next(
        (it for it in noted.values() if it.says(fact.subject, fact.predicate, fact.object)), None
    )
    is_said = not (fact._is_hearsay or fact.disputed)
    rivals = [
        it for it in noted.values() if is_said and it.gives_way_to(fact.subject, fact.predicate)
    ]
    if same is None or _changes(fact, source, same):
        fact._superseded = {*fact.supersedes, *(it.id for it in rivals)}
        if same is not None:
            fact._superseded.add(same.id)
    else:
        fact._id, fact._is_new = same.id, False
        if same.stands(fact.disputed):
            older = (it.id for it in rivals if it.settled_seq < source.seq)
            fact._superseded = {*fact.supersedes, *older} - {same.id}
    for id in fact._superseded:
        del noted[id]
    if not fact._is_new:
        return
    noted[fact._id] = Noted(
        fact._id,
        str(fact.subject),
        without_case_and_spaces(fact.predicate),
        without_case_and_spaces(fact.object),
        fact.disputed,
        fact._is_hearsay,
        seq,
    )


def _changes(fact: NewFact, source: Event, same: Noted) -> bool:
    """Whether the person has said anything else about a known fact since: that it is so, or that it isn't."""
    is_newer = source.seq > same.settled_seq
    return is_newer and not fact._is_hearsay and not same.stands(fact.disputed)


def _make_event_data(fields: Extract) -> Json:
    new = [fact for fact in fields.facts if fact._is_new]
    more = {
        "hearsay": [str(fact._id) for fact in new if fact._is_hearsay],
        "superseded": sorted(str(id) for fact in fields.facts for id in fact._superseded),
    }
    return {"fact_ids": [str(fact._id) for fact in fields.facts]} | {
        key: ids for key, ids in more.items() if ids
    }


def _list_facts(thread_id: UUID, event_id: UUID, fields: Extract) -> list[Json]:
    return [
        {
            "id": fact._id,
            "thread_id": thread_id,
            "subject_id": fact.subject,
            "source_event_id": fact.source_event,
            "tool_use_event_id": event_id,
            "hearsay": fact._is_hearsay,
            "superseded_by_id": fact._superseded_by,
            "supersedes": list(fact._superseded),
            "is_new": fact._is_new,
            **fact.model_dump(exclude={"subject", "source_event", "supersedes"}),
        }
        for fact in fields.facts
        if fact._is_new or fact._superseded
    ]


extract_facts = Tool(
    name="extract_facts",
    description="Write down facts that people in the thread said about themselves, and, as hearsay, "
    "about each other. The comedians work from nothing else, so be exact and miss nothing.",
    fields=Extract,
    check=_check,
    extra_event_data=_make_event_data,
    list_facts=_list_facts,
)
