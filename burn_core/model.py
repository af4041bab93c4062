"""The model: what is asked of it, and what it answers."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Protocol

from db.schema import Json

# What an integer column holds.
_MAX_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Request:
    """What the model reads: the agent's prompt, its tools, and the turns so far."""

    model: str
    system: str
    tools: Sequence[Json]
    messages: Sequence[Json]

    @property
    def sha256(self) -> str:
        """The fingerprint of all that the model reads: kept on the run, and checked by rendering."""
        parts = [("", self.system), ("", json.dumps(self.tools)), *map(_split, self.messages)]
        fingerprint = hashlib.sha256()
        for head, body in parts:
            # Piece by piece: copying a long context would cost more than hashing it.
            for piece in (f"{len(head) + len(body)}\n{head}", body, "\n"):
                fingerprint.update(piece.encode())
        return fingerprint.hexdigest()


def _split(message: Json) -> tuple[str, str]:
    content = message["content"]
    return f"{message['role']}: ", content if isinstance(content, str) else json.dumps(content)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """What the model chose to do, in its own words."""

    id: str
    name: str
    input: Json


@dataclass(frozen=True, slots=True)
class Usage:
    """The API's four token counts. They add up.

    A count that is no number is 0, and none is higher than a row can hold.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, _read_count(getattr(self, each.name)))

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_creation_input_tokens + other.cache_creation_input_tokens,
            self.cache_read_input_tokens + other.cache_read_input_tokens,
        )


def _read_count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if 0 <= value <= _MAX_COUNT else _MAX_COUNT if value > 0 else 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's answer. content is its turn, sent back as it was if the model is asked again."""

    model: str
    stop_reason: str
    tool_uses: Sequence[ToolUse] = ()
    content: Sequence[Json] = ()
    usage: Usage = field(default_factory=Usage)


class Model(Protocol):
    """Anything that answers a request. Raises ModelError.

    ask has to return some time: as long as it doesn't, one of the worker's places is taken.
    """

    def ask(self, request: Request) -> Reply: ...
