"""Reading a model's answer: the body that a server sent, as a Reply.

Servers that only resemble the Messages API leave things out, write them in another form, or send
what no row can hold. What can be understood is taken, and the rest is left out.
"""

import json
import re
from contextlib import suppress
from dataclasses import fields
from typing import Any
from uuid import uuid4

from burn_core.model import Reply, ToolUse, Usage
from db.jsonb import make_storable
from db.schema import Json

# As the API has them. It refuses others when it is shown its own answer.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


def read_answer(body: bytes) -> Reply:
    """Raises ValueError where the body is no message."""
    message = _read_message(body)
    content = [block for each in _list_blocks(message) if (block := _read_block(each))]
    usage, model, stop_reason = (message.get(key) for key in ("usage", "model", "stop_reason"))
    return Reply(
        model=model if isinstance(model, str) else "",
        stop_reason=stop_reason if isinstance(stop_reason, str) else "unknown",
        tool_uses=[
            ToolUse(block["id"], block["name"], block["input"])
            for block in content
            if block["type"] == "tool_use"
        ],
        content=content,
        usage=_read_usage(usage),
    )


def _read_message(body: bytes) -> Json:
    message = _read_json(body)
    match message:
        case {"content": None | str() | list()}:
            return dict(message)
    raise ValueError("a message has content: a list of blocks, a text or null")


def _list_blocks(message: Json) -> list[object]:
    content: Any = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


def _read_block(block: Any) -> Json | None:
    """The block as the API takes it back, or None for what it wouldn't take."""
    match block:
        case {"type": "tool_use", "name": str(name)} if _NAME.fullmatch(name):
            id, input = block.get("id"), block.get("input")
            return {
                "type": "tool_use",
                "id": id if isinstance(id, str) and _NAME.fullmatch(id) else _make_id(),
                "name": name,
                "input": _read_input(input),
            }
        case {"type": "text", "text": str(text)} if text.strip():
            return {"type": "text", "text": text}
        case {"type": "thinking", "thinking": str(), "signature": str()}:
            return {key: block[key] for key in ("type", "thinking", "signature")}
        case {"type": "redacted_thinking", "data": str()}:
            return {key: block[key] for key in ("type", "data")}
    return None


def _make_id() -> str:
    return f"toolu_{uuid4().hex}"


def _read_input(input: object) -> Json:
    """An object, or one as text. Anything else is as good as no input, of which the model is told."""
    if isinstance(input, str):
        with suppress(ValueError):
            input = _read_json(input)
    return input if isinstance(input, dict) else {}


def _read_json(text: str | bytes) -> Any:
    """Raises ValueError, also for what is nested too deeply for Python."""
    try:
        return make_storable(json.loads(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _read_usage(usage: object) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    return Usage(*(usage.get(each.name, 0) for each in fields(Usage)))
