"""A run under way, and how a go at it can end: its outcome."""

from dataclasses import dataclass
from uuid import UUID

from burn_core.model import Usage
from burn_core.tools import ToolCall


@dataclass(frozen=True, slots=True)
class Progress:
    """A run, and what it has taken so far.

    endpoint and asked_model are where it asks; model is which one answered, if any did.
    """

    run_id: UUID
    thread_id: UUID
    worker: str
    attempts: int
    prompt_sha256: str | None
    model: str | None
    usage: Usage
    endpoint: str
    asked_model: str


@dataclass(frozen=True, slots=True)
class Done:
    """The model made a valid call."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Retrying:
    """The model gave nothing usable, and is asked again after wait_seconds."""

    error: str
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The run is given up. Its agent reads the same events again, after a pause (db/pauses.sql)."""

    error: str
    model_answered: bool = False


@dataclass(frozen=True, slots=True)
class CutOff:
    """The run is given up: the circuit to its model is open. Its agent waits until that closes."""

    error: str


Outcome = Done | Retrying | Failed | CutOff
