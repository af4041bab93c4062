"""The parts of the Messages API that the understudy reads and writes.

https://docs.anthropic.com/en/api/messages
"""

import secrets
import string
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

_BASE62 = string.ascii_letters + string.digits

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One choice: which tool, with what input."""

    name: str
    input: Json


class Tool(BaseModel):
    name: str = Field(min_length=1)


class ToolChoice(BaseModel):
    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None


class Message(BaseModel):
    role: Literal["user", "assistant"]
    content: str | list[Json]


class MessagesRequest(BaseModel):
    """What a client posts to /v1/messages. Fields that the understudy doesn't use are ignored."""

    model: str
    max_tokens: int = Field(gt=0)
    messages: list[Message] = Field(min_length=1)
    system: str | list[Json] = ""
    tools: list[Tool] = []
    tool_choice: ToolChoice | None = None
    stream: bool = False

    @property
    def system_text(self) -> str:
        return text_of(self.system)

    @property
    def context(self) -> str:
        """The newest user message that has text. Messages that reject a tool use have none."""
        texts = (text_of(m.content) for m in reversed(self.messages) if m.role == "user")
        return next((text for text in texts if text), "")

    @property
    def tool_names(self) -> list[str]:
        """The tools that `tool_choice` allows."""
        names = [tool.name for tool in self.tools]
        match self.tool_choice:
            case ToolChoice(type="none"):
                return []
            case ToolChoice(type="tool", name=chosen):
                return [name for name in names if name == chosen]
        return names

    @property
    def rejected(self) -> list[ToolUse]:
        """The earlier tool uses in this request, all of which were rejected."""
        return [
            ToolUse(str(block.get("name", "")), block["input"])
            for message in self.messages
            if message.role == "assistant" and isinstance(message.content, list)
            for block in message.content
            if block.get("type") == "tool_use" and isinstance(block.get("input"), dict)
        ]


def text_of(content: str | list[Json]) -> str:
    """The text of a message or a system prompt, whether it is a string or a list of blocks."""
    if isinstance(content, str):
        return content
    return "\n\n".join(str(b.get("text", "")) for b in content if b.get("type") == "text")


def make_reply(request: MessagesRequest, choice: ToolUse | None) -> Json:
    """The body of a successful response. Without a choice, it contains a short text."""
    block = _text_block() if choice is None else _tool_use_block(choice)
    return {
        "id": _make_id("msg_01"),
        "type": "message",
        "role": "assistant",
        "model": "understudy",
        "content": [block],
        "stop_reason": "end_turn" if choice is None else "tool_use",
        "stop_sequence": None,
        "usage": _usage(request, block),
    }


def make_error(kind: str, message: str) -> Json:
    return {"type": "error", "error": {"type": kind, "message": message}}


def _tool_use_block(choice: ToolUse) -> Json:
    return {
        "type": "tool_use",
        "id": _make_id("toolu_01"),
        "name": choice.name,
        "input": choice.input,
    }


def _text_block() -> Json:
    return {"type": "text", "text": "None of the tools on offer is one that the understudy knows."}


def _usage(request: MessagesRequest, block: Json) -> Json:
    read = request.system_text + "".join(text_of(m.content) for m in request.messages)
    return {
        "input_tokens": _estimate(len(read)),
        "output_tokens": _estimate(len(str(block.get("input") or block.get("text", "")))),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
    }


def _estimate(characters: int) -> int:
    """In English, a token is about four characters."""
    return max(1, characters // 4)


def _make_id(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_BASE62) for _ in range(22))
