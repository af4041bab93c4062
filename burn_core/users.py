"""Users: a person or an agent, as a value."""

from dataclasses import dataclass
from uuid import UUID

from db import schema


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
