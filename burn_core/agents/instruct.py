"""Instructing an agent: ask its model for exactly one tool call."""

from collections.abc import Callable
from dataclasses import dataclass

from burn_core.agents.roster import Agent
from burn_core.context import render
from burn_core.errors import BadAgent, ModelError, ToolError
from burn_core.model import Model, Reply, Request, ToolUse, Usage
from burn_core.snapshot import Snapshot
from burn_core.tools import TOOLS, Tool, ToolCall, validate
from db.schema import Json

MAX_TRIES = 3


@dataclass(frozen=True, slots=True)
class Instruction:
    """The call to perform, and what it took to get it."""

    call: ToolCall
    model: str
    usage: Usage


def make_request(agent: Agent, snapshot: Snapshot, default_model: str) -> Request:
    """What the model reads: a pure function of the agent's row and the thread's rows.

    Raises BadAgent if the agent's row names a tool that doesn't exist.
    """
    return Request(
        model=agent.model or default_model,
        system=agent.prompt,
        tools=[tool.definition for tool in _list_tools(agent).values()],
        messages=[{"role": "user", "content": render(snapshot)}],
    )


def instruct(
    agent: Agent,
    snapshot: Snapshot,
    request: Request,
    model: Model,
    before_call: Callable[[], None] = lambda: None,
) -> Instruction:
    """Ask until the model makes a valid call, telling it each time what was wrong.

    before_call runs before each model call. Raises ModelError, retryable or not; after MAX_TRIES
    invalid answers it says what was wrong with the last one.
    """
    tools = _list_tools(agent)
    messages = list(request.messages)
    usage = Usage()
    fault = ""
    for _ in range(MAX_TRIES):
        before_call()
        reply = model.ask(Request(request.model, request.system, request.tools, messages))
        usage += reply.usage
        try:
            return Instruction(validate(tools, snapshot, _pick_tool_use(reply)), reply.model, usage)
        except ToolError as error:
            fault = str(error)
            messages += _tell(reply, fault)
    raise ModelError(
        f"{MAX_TRIES} answers in a row were invalid. The last: {fault}", retryable=False
    )


def _list_tools(agent: Agent) -> dict[str, Tool]:
    missing = [name for name in agent.tools if name not in TOOLS]
    if missing:
        raise BadAgent(f"There is no tool {', '.join(missing)}. The tools are: {', '.join(TOOLS)}.")
    return {name: TOOLS[name] for name in agent.tools}


def _pick_tool_use(reply: Reply) -> ToolUse:
    if reply.stop_reason == "refusal":
        raise ModelError("The model declined to answer.", retryable=False)
    if reply.stop_reason == "model_context_window_exceeded":
        raise ModelError("The thread is too long for this model.", retryable=False)
    if reply.stop_reason == "max_tokens":
        raise ToolError("The answer was cut off. Use the tool with a shorter input.")
    if not reply.tool_uses:
        raise ToolError("Nothing was done: the answer had no tool use. Use exactly one tool.")
    if len(reply.tool_uses) > 1:
        raise ToolError("That was more than one tool use. Use exactly one tool.")
    return reply.tool_uses[0]


def _tell(reply: Reply, fault: str) -> list[Json]:
    """The turns that show the model its answer and what was wrong with it."""
    results: list[Json] = [
        {"type": "tool_result", "tool_use_id": use.id, "content": fault, "is_error": True}
        for use in reply.tool_uses
    ]
    content = list(reply.content) or [{"type": "text", "text": "(no answer)"}]
    return [
        {"role": "assistant", "content": content},
        {"role": "user", "content": results or [{"type": "text", "text": fault}]},
    ]
