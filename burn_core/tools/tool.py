"""What a tool is, and how a model's tool use becomes a call that can be performed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from burn_core.errors import ToolError
from burn_core.events import tool_use_data
from burn_core.model import ToolUse
from burn_core.snapshot import Snapshot
from db.jsonb import can_be_stored
from db.schema import Json


class Input(BaseModel):
    """The fields of a tool. The model reads their descriptions."""

    model_config = ConfigDict(
        extra="forbid",
        strict=False,
        str_strip_whitespace=True,
        # A strict tool has no optional fields. A default is for models that aren't held to it.
        json_schema_extra=lambda schema: schema.update(required=list(schema["properties"])),
    )


@dataclass(frozen=True)
class Tool:
    """A thing that an agent can do.

    check raises ToolError where the fields don't fit the thread; extra_event_data gives what the
    tool_use event says besides the model's input; list_facts, the rows of facts that come of it, from the
    ids of its thread and its event.
    """

    name: str
    description: str
    fields: type[Input]
    check: Callable[[Snapshot, Any], None] = lambda snapshot, fields: None
    checks_facts: bool = False  # whether check needs the snapshot's facts loaded
    extra_event_data: Callable[[Any], Json] = lambda fields: {}
    list_facts: Callable[[UUID, UUID, Any], Sequence[Json]] = lambda *args: ()

    @cached_property
    def definition(self) -> Json:
        """The tool as the Messages API wants it, strict: the model can't leave the schema."""
        # Imported here so that code that calls no model doesn't load the SDK.
        from burn_core.claude import make_input_schema

        return {
            "name": self.name,
            "description": self.description,
            "input_schema": make_input_schema(self.fields),
            "strict": True,
        }


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A valid tool use: its tool, and its fields as values."""

    tool: Tool
    use: ToolUse
    fields: Input

    @property
    def data(self) -> Json:
        """The data of its tool_use event."""
        use = self.use
        return tool_use_data(use.id, use.name, use.input) | self.tool.extra_event_data(self.fields)

    def list_facts(self, thread_id: UUID, event_id: UUID) -> Sequence[Json]:
        """The rows of facts that come of it, as add_facts takes them."""
        return self.tool.list_facts(thread_id, event_id, self.fields)


def validate(tools: dict[str, Tool], snapshot: Snapshot, use: ToolUse) -> ToolCall:
    """Check a tool use against the thread. Raises ToolError, which the model reads."""
    tool = tools.get(use.name)
    if tool is None:
        raise ToolError(f"There is no tool {use.name!r}. Use one of: {', '.join(tools)}.")
    try:
        fields = tool.fields.model_validate(use.input)
    except ValidationError as error:
        raise ToolError(_list_faults(error)) from error
    if not can_be_stored(use.input):
        raise ToolError("The input has a character that can't be stored. Leave it out.")
    tool.check(snapshot, fields)
    return ToolCall(tool, use, fields)


def check_person(snapshot: Snapshot, subject: UUID) -> None:
    """Raises ToolError unless the subject is a person in this thread who hasn't tapped out."""
    if subject in snapshot.tapped_out:
        fault = f"{snapshot.users[subject].name} has tapped out: leave them alone."
    elif not snapshot.is_person_here(subject):
        fault = f"subject {subject} is not a person in this thread."
    else:
        return
    people = ", ".join(
        f"{user_id} ({snapshot.users[user_id].name})"
        for user_id in snapshot.roles
        if snapshot.is_person_here(user_id) and user_id not in snapshot.tapped_out
    )
    raise ToolError(f"{fault} Use the id of one of: {people or 'nobody: there is nobody left'}.")


def _list_faults(error: ValidationError) -> str:
    faults = "; ".join(
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors()
    )
    return f"The input doesn't fit the schema. Correct it and call the tool again. {faults}."
