"""Instructing an agent: ask its model for exactly one tool call."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from burn_core.agents.roster import Agent
from burn_core.context import render
from burn_core.errors import BadAgent, ModelError, ToolError
from burn_core.model import Reply, Request
from burn_core.snapshot import Snapshot
from burn_core.tools import TOOLS, Tool, ToolCall, validate
from db.schema import Json

MAX_TRIES = 3


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
    agent: Agent, snapshot: Snapshot, request: Request, ask: Callable[[Request], Reply]
) -> ToolCall:
    """Ask until the model makes a valid call, telling it each time what was wrong.

    Raises ModelError, retryable or not; after MAX_TRIES invalid answers its details say what was
    wrong with the last one.
    """
    tools = _list_tools(agent)
    messages = list(request.messages)
    fault = ""
    for _ in range(MAX_TRIES):
        reply = ask(Request(request.model, request.system, request.tools, messages))
        try:
            return _pick_call(tools, snapshot, reply)
        except ToolError as error:
            fault = str(error)
            messages += _tell(reply, fault)
    raise ModelError(
        f"The model gave {MAX_TRIES} invalid answers in a row.", retryable=False, details=fault
    )


def _list_tools(agent: Agent) -> dict[str, Tool]:
    missing = [name for name in agent.tools if name not in TOOLS]
    if missing:
        raise BadAgent(f"There is no tool {', '.join(missing)}. The tools are: {', '.join(TOOLS)}.")
    return {name: TOOLS[name] for name in agent.tools}


def _pick_call(tools: dict[str, Tool], snapshot: Snapshot, reply: Reply) -> ToolCall:
    if reply.stop_reason == "refusal":
        raise ModelError("The model declined to answer.", retryable=False)
    if reply.stop_reason == "model_context_window_exceeded":
        raise ModelError("The thread is too long for this model.", retryable=False)
    if reply.stop_reason == "max_tokens":
        raise ToolError("The answer was cut off. Use the tool with a shorter input.")
    if not reply.tool_uses:
        raise ToolError("Nothing was done: the answer had no tool use. Use exactly one tool.")
    if len(reply.tool_uses) == 1:
        return validate(tools, snapshot, reply.tool_uses[0])
    valid = list(_list_valid(tools, snapshot, reply))
    if len(valid) != 1:
        raise ToolError("That was more than one tool use. Use exactly one tool.")
    return valid[0]


def _list_valid(tools: dict[str, Tool], snapshot: Snapshot, reply: Reply) -> Iterator[ToolCall]:
    for use in reply.tool_uses:
        with suppress(ToolError):
            yield validate(tools, snapshot, use)


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
