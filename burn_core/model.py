"""The model: one request to the Messages API, one message back.

https://docs.anthropic.com/en/api/messages
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, cast

import anthropic
from pydantic import BaseModel

from burn_core.errors import BadSettings, ModelError
from burn_core.settings import Settings
from db.schema import Json

_log = logging.getLogger(__name__)
_MAX_TOKENS = 2_000
_TIMEOUT_SECONDS = 60.0
_CACHED: Json = {"cache_control": {"type": "ephemeral"}}


@dataclass(frozen=True, slots=True)
class Request:
    """What the model reads: the agent's prompt, its tools, and the turns so far."""

    model: str
    system: str
    tools: Sequence[Json]
    messages: Sequence[Json]

    @property
    def sha256(self) -> str:
        """The fingerprint of all that the model reads: kept on the run, and checked by rendering."""
        parts = [("", self.system), ("", json.dumps(self.tools)), *map(_split, self.messages)]
        fingerprint = hashlib.sha256()
        for head, body in parts:
            # Piece by piece: copying a long context would cost more than hashing it.
            for piece in (f"{len(head) + len(body)}\n{head}", body, "\n"):
                fingerprint.update(piece.encode())
        return fingerprint.hexdigest()


def _split(message: Json) -> tuple[str, str]:
    content = message["content"]
    return f"{message['role']}: ", content if isinstance(content, str) else json.dumps(content)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """What the model chose to do, in its own words."""

    id: str
    name: str
    input: Json


@dataclass(frozen=True, slots=True)
class Usage:
    """The API's four token counts, raw. They add up."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_creation_input_tokens + other.cache_creation_input_tokens,
            self.cache_read_input_tokens + other.cache_read_input_tokens,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's answer. content is its turn, sent back as it was if the model is asked again."""

    model: str
    stop_reason: str
    tool_uses: Sequence[ToolUse] = ()
    content: Sequence[Json] = ()
    usage: Usage = field(default_factory=Usage)


class Model(Protocol):
    """Anything that answers a request. Raises ModelError."""

    def ask(self, request: Request) -> Reply: ...


class Claude:
    """Claude, or any server that speaks the Messages API at base_url."""

    def __init__(self, api_key: str | None = None, base_url: str | None = None) -> None:
        # Runs retry by themselves, and their rows show it. The SDK's own retries would be hidden.
        self._client = anthropic.Anthropic(
            api_key=api_key or "none-needed",
            base_url=base_url,
            timeout=_TIMEOUT_SECONDS,
            max_retries=0,
        )
        self._can_be_forced = True

    def ask(self, request: Request) -> Reply:
        try:
            return _read_message(self._create(request))
        except anthropic.AnthropicError as error:
            raise _explain(error) from error
        except ValueError as error:  # the SDK passes it on if the answer isn't JSON
            raise ModelError(f"The answer can't be read: {error}", retryable=True) from error

    def _create(self, request: Request) -> anthropic.types.Message:
        if self._can_be_forced:
            try:
                return self._send(request, tool_choice="any", thinking={"type": "disabled"})
            except anthropic.BadRequestError as error:
                if not any(word in str(error) for word in ("thinking", "tool_choice")):
                    raise
                self._can_be_forced = False
                _log.warning("%s can't be forced to use a tool, so it is asked to", request.model)
        return self._send(request, tool_choice="auto")

    def _send(self, request: Request, tool_choice: str, **more: object) -> anthropic.types.Message:
        create = cast(Any, self._client.messages.create)
        message = create(
            model=request.model,
            max_tokens=_MAX_TOKENS,
            # This mark caches the tools too, because they come before the system.
            system=[{"type": "text", "text": request.system, **_CACHED}],
            tools=list(request.tools),
            messages=list(request.messages),
            tool_choice={"type": tool_choice, "disable_parallel_tool_use": True},
            **more,
        )
        return cast(anthropic.types.Message, message)


def make_input_schema(fields: type[BaseModel]) -> Json:
    """A tool's input as JSON Schema, limited to what strict tools allow."""
    return anthropic.transform_schema(fields)


def make_model(settings: Settings, understudy_url: str | None = None) -> Model:
    """The model that the settings name. If they name none, the understudy at its address."""
    if settings.burn_model_factory:
        return _make_from_factory(settings.burn_model_factory)
    return Claude(settings.anthropic_api_key, settings.anthropic_base_url or understudy_url)


def _make_from_factory(path: str) -> Model:
    module, _, name = path.partition(":")
    try:
        return cast(Model, getattr(import_module(module), name)())
    except (ImportError, AttributeError, ValueError) as error:
        raise BadSettings(
            f"BURN_MODEL_FACTORY: {path!r} is not a package.module:callable ({error})"
        ) from error


def _read_message(message: anthropic.types.Message) -> Reply:
    tool_uses = [
        ToolUse(block.id, block.name, cast(Json, block.input))
        for block in message.content
        if block.type == "tool_use"
    ]
    return Reply(
        model=message.model,
        stop_reason=message.stop_reason or "unknown",
        tool_uses=tool_uses,
        content=[block.model_dump(mode="json", exclude_none=True) for block in message.content],
        usage=_read_usage(message.usage),
    )


def _read_usage(usage: anthropic.types.Usage | None) -> Usage:
    if usage is None:  # some compatible servers leave it out
        return Usage()
    return Usage(
        usage.input_tokens or 0,
        usage.output_tokens or 0,
        usage.cache_creation_input_tokens or 0,
        usage.cache_read_input_tokens or 0,
    )


def _explain(error: anthropic.AnthropicError) -> ModelError:
    """The SDK's error as ours: what it means, and whether to ask again."""
    match error:
        case anthropic.AuthenticationError() | anthropic.PermissionDeniedError():
            return ModelError(f"The API key was refused: {error}", retryable=False)
        case anthropic.APITimeoutError():
            return ModelError(f"No answer within {_TIMEOUT_SECONDS:.0f} s", retryable=True)
        case anthropic.APIConnectionError():
            return ModelError(f"The model can't be reached: {error}", retryable=True)
        case anthropic.APIStatusError():
            return ModelError(
                f"The model's server answered {error.status_code}: {error.message}",
                retryable=error.status_code in (408, 409, 429) or error.status_code >= 500,
                retry_after_seconds=_read_retry_after(error),
            )
        case _:
            return ModelError(f"The answer can't be read: {error}", retryable=True)


def _read_retry_after(error: anthropic.APIStatusError) -> float | None:
    value = error.response.headers.get("retry-after", "")
    return float(value) if value.replace(".", "", 1).isdigit() else None
