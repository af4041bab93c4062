"""A run as it is read back, for the screen."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func

from db import schema
from db.schema import Json


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, and the agent whose run it was."""

    agent: str
    agent_version: int
    id: UUID
    from_seq: int
    to_seq: int
    status: str
    reason: str
    reason_data: Json
    model: str | None
    attempts: int
    prompt_sha256: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_creation_input_tokens: int | None
    cache_read_input_tokens: int | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None  # None while it runs
    forgotten_at: datetime | None  # since when its prompt can't be made again

    @property
    def tokens(self) -> dict[str, int]:
        """The counts that the model gave, by what they count."""
        counts = {
            "input": self.input_tokens,
            "output": self.output_tokens,
            "written to cache": self.cache_creation_input_tokens,
            "read from cache": self.cache_read_input_tokens,
        }
        return {name: count for name, count in counts.items() if count is not None}

    @property
    def seconds(self) -> float | None:
        """How long it took, or None while it runs."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


_MAX_ERROR = 300
OWN_COLUMNS = [field.name for field in fields(RunRecord)][2:]


def list_run_columns(
    run: Any = schema.Run, user: Any = schema.User, agent: Any = schema.Agent
) -> list[ColumnElement[Any]]:
    """The columns of a RunRecord, from a run joined with its user and its agent."""
    own = [getattr(run, name) for name in OWN_COLUMNS]
    # Somebody else's worker may have written any text.
    own[OWN_COLUMNS.index("error")] = func.left(run.error, _MAX_ERROR).label("error")
    return [user.name.label("agent"), agent.version.label("agent_version"), *own]
