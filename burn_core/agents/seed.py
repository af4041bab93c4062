"""What an agent is made from: a seed in the code, or a file from `python -m burn_core agent`."""

from dataclasses import dataclass, field

from db.schema import Json


@dataclass(frozen=True, slots=True)
class Seed:
    """An agent before it is a row. Without a model it plays with BURN_MODEL."""

    name: str
    prompt: str
    tools: list[str]
    rule: str
    rule_args: Json = field(default_factory=dict)
    model: str | None = None
