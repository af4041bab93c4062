"""Users: people and agents, and what they can be called."""

import re
from dataclasses import dataclass
from uuid import UUID

from db import schema

NAME_RULE = "A name needs 2 to 16 characters: letters a to z, digits, _ and -."
_NAME = re.compile(r"[a-z0-9_-]{2,16}")


@dataclass(frozen=True, slots=True)
class User:
    """A person or an agent, as a value."""

    id: UUID
    name: str
    type: str
    avatar_url: str | None

    @property
    def is_agent(self) -> bool:
        return self.type == "agent"


USER_COLUMNS = (
    schema.User.id,
    schema.User.name,
    schema.User.type,
    schema.User.avatar_url,
)


def tidy_name(name: str) -> str:
    """A name as it is stored, from what somebody typed."""
    return name.strip().removeprefix("@").lower()


def is_name(text: str) -> bool:
    """Whether a user can have this name, as it is stored."""
    return _NAME.fullmatch(text) is not None
