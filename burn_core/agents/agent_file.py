"""An agent as a TOML file, for `python -m burn_core agent`: printed, edited, and read back.

rule = "opener"
tools = ["roast_user"]
model = "claude-haiku-5-5"   # without this line, BURN_MODEL
prompt = '''…'''

[rule_args]
min_facts = 3
"""

import json
import tomllib
from typing import Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from burn_core.agents.roster import Agent
from burn_core.agents.rules import RULES
from burn_core.agents.seed import Seed
from burn_core.errors import BadAgent
from burn_core.tools import TOOLS
from db.jsonb import can_be_stored


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    rule: str
    tools: list[str] = Field(min_length=1)
    model: str | None = Field(default=None, min_length=1)
    prompt: str = Field(min_length=1)
    rule_args: dict[str, Any] = Field(default_factory=dict)


def write_agent_file(name: str, agent: Agent) -> str:
    """The version in force, as read_agent_file reads it. Raises BadAgent for a null, in rule_args."""
    fields: dict[str, Any] = {
        "rule": agent.rule,
        "tools": agent.tools,
        **({} if agent.model is None else {"model": agent.model}),
        "prompt": agent.prompt,
        "rule_args": agent.rule_args,
    }
    # On several lines, a carriage return would be read back as a plain end of line.
    has_returns = "\\r" in json.dumps(fields)
    try:
        toml = tomli_w.dumps(fields, multiline_strings=not has_returns)
    except TypeError as error:
        raise BadAgent(f"{name} can't be written as TOML, which has no null.") from error
    return f"# {name}, version {agent.version}\n{toml}"


def read_agent_file(name: str, text: str) -> Seed:
    """Raises BadAgent, which says what is wrong with the file."""
    try:
        fields = _Fields.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise BadAgent(f"The file doesn't describe an agent. {_list_faults(error)}.") from error
    except (ValueError, RecursionError) as error:
        raise BadAgent(f"The file isn't valid TOML: {error}.") from error
    seed = Seed(name, fields.prompt, fields.tools, fields.rule, fields.rule_args, fields.model)
    _check(seed)
    return seed


def _check(seed: Seed) -> None:
    if seed.rule not in RULES:
        raise BadAgent(f"There is no rule {seed.rule!r}. The rules are: {', '.join(RULES)}.")
    missing = [name for name in seed.tools if name not in TOOLS]
    if missing:
        raise BadAgent(f"There is no tool {missing[0]!r}. The tools are: {', '.join(TOOLS)}.")
    if not can_be_stored([seed.prompt, seed.model, seed.rule_args]):
        raise BadAgent("The file holds a value that JSON can't: a date, nan, inf or U+0000.")
    min_facts = seed.rule_args.get("min_facts")
    if type(min_facts) is not int or min_facts < 0:
        raise BadAgent(f"The rule {seed.rule} needs min_facts in [rule_args]: a whole number.")


def _list_faults(error: ValidationError) -> str:
    return "; ".join(
        ": ".join([*map(str, fault["loc"][:1]), fault["msg"].lower()]) for fault in error.errors()
    )
