"""Claude, asked through the Messages API: one request, one message back.

https://docs.anthropic.com/en/api/messages
"""

import asyncio
import logging
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from threading import Thread
from typing import Any

import anthropic
import httpx2
from pydantic import BaseModel

from burn_core.answer import read_answer
from burn_core.errors import BadSettings, ModelError
from burn_core.model import Reply, Request
from db.schema import Json

_log = logging.getLogger(__name__)
_URL = "https://api.anthropic.com"
_MAX_TOKENS = 2_000
# Far more than _MAX_TOKENS tokens take, escaped. What an answer has beyond that is never read.
_MAX_BYTES = 250_000
_CACHED: Json = {"cache_control": {"type": "ephemeral"}}
# What a request can do without, and how servers that don't take it name it.
_EXTRAS = {
    "one tool use at a time": re.compile("disable_parallel_tool_use"),
    "strict tools": re.compile(r"\bstrict\b"),
    "forced tools": re.compile("thinking|tool_choice"),
}
_BAD_REQUEST = (400, 422)


class Claude:
    """Claude, or any server that speaks the Messages API at base_url.

    Whatever a server does, ask returns or raises ModelError within timeout_seconds.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout_seconds: float = 60.0,
    ) -> None:
        self._api_key = api_key or "none-needed"
        self._timeout_seconds = timeout_seconds
        url = re.sub(r"(/v1(/messages)?)?/*$", "", base_url or _URL)
        # Runs retry by themselves, and their rows show it. The SDK's own retries would be hidden.
        self._client = anthropic.AsyncAnthropic(
            api_key=self._api_key,
            base_url=url,
            timeout=timeout_seconds,
            max_retries=0,
            http_client=_open_http(url),
        )
        self._refused: dict[str, frozenset[str]] = {}  # extras, by model
        # Only a coroutine can be stopped at its deadline wherever it waits: for a name, a connection,
        # or the next byte of a header.
        self._loop = asyncio.new_event_loop()
        Thread(target=self._loop.run_forever, name="model calls", daemon=True).start()

    def ask(self, request: Request) -> Reply:
        body = asyncio.run_coroutine_threadsafe(self._fetch(request), self._loop).result()
        try:
            return read_answer(body)
        except ValueError as error:
            raise ModelError(
                "The model's server sent an invalid answer.",
                retryable=True,
                details=self._hide_key(body.decode(errors="replace")),
            ) from error

    async def _fetch(self, request: Request) -> bytes:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._create(request)
        except (TimeoutError, anthropic.APITimeoutError) as error:
            raise ModelError(
                f"The model gave no answer within {self._timeout_seconds:g} s.", retryable=True
            ) from error
        except anthropic.APIStatusError as error:
            raise self._explain_status(error) from error
        except anthropic.APIConnectionError as error:
            raise self._explain_connection(error.__cause__ or error) from error

    async def _create(self, request: Request) -> bytes:
        """Asks for everything first, and again without what the server doesn't take."""
        known = refused = self._refused.get(request.model, frozenset())
        while True:
            try:
                body = await self._send(request, refused)
            except anthropic.APIStatusError as error:
                extra = _find_refused(error, refused)
                if extra is None:
                    raise
                refused |= {extra}
            else:
                if refused != known:
                    self._refused[request.model] = refused
                    _log.warning("%s is asked without %s", request.model, ", ".join(refused))
                return body

    async def _send(self, request: Request, refused: frozenset[str]) -> bytes:
        choice: Json = {"type": "any", "disable_parallel_tool_use": True}
        more: Json = {"thinking": {"type": "disabled"}}
        tools = list(request.tools)
        if "forced tools" in refused:
            choice["type"] = "auto"
            more = {}
        if "one tool use at a time" in refused:
            del choice["disable_parallel_tool_use"]
        if "strict tools" in refused:
            tools = [{key: tool[key] for key in tool if key != "strict"} for tool in tools]
        create: Any = self._client.messages.with_raw_response.create
        response = await create(
            model=request.model,
            max_tokens=_MAX_TOKENS,
            # This mark caches the tools too, because they come before the system.
            system=[{"type": "text", "text": request.system, **_CACHED}],
            tools=tools,
            messages=list(request.messages),
            tool_choice=choice,
            **more,
        )
        body: bytes = response.http_response.content
        return body

    def _explain_status(self, error: anthropic.APIStatusError) -> ModelError:
        status = error.status_code
        return ModelError(
            _describe_status(status),
            retryable=status in (408, 409, 429) or status >= 500,
            is_locked_out=status in (401, 403, 404),
            retry_after_seconds=_read_retry_after(error.response.headers.get("retry-after", "")),
            details=self._hide_key(error.response.text),
        )

    def _explain_connection(self, cause: BaseException) -> ModelError:
        is_reached = not isinstance(cause, httpx2.ConnectError)
        return ModelError(
            "The model's server broke off its answer."
            if is_reached
            else "The model's server can't be reached.",
            retryable=True,
            details=self._hide_key(f"{self._client.base_url}: {cause}"),
        )

    def _hide_key(self, text: str) -> str:
        return text.replace(self._api_key, "(the API key)")


def make_input_schema(fields: type[BaseModel]) -> Json:
    """A tool's input as JSON Schema, limited to what strict tools allow."""
    return anthropic.transform_schema(fields)


class _Http(anthropic.DefaultAsyncHttpxClient):
    """Reads at most _MAX_BYTES of an answer, whatever its status, and one of its headers.

    The others could only mislead the code that decodes the body, which is decoded here.
    """

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, **more: Any
    ) -> httpx2.Response:
        response = await super().send(request, stream=True, **more)
        body = bytearray()
        try:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _MAX_BYTES:
                    break
        finally:
            await response.aclose()
        headers = [it for it in response.headers.raw if it[0].lower() == b"retry-after"]
        content = bytes(body[:_MAX_BYTES])
        return httpx2.Response(
            response.status_code, headers=headers, content=content, request=request
        )


def _open_http(url: str) -> httpx2.AsyncClient:
    """A client that uses the proxies of the environment, except for a server on this machine."""
    try:
        host = httpx2.URL(url).host
    except httpx2.InvalidURL as error:
        raise BadSettings(
            "ANTHROPIC_BASE_URL has to be an address like http://127.0.0.1:11434."
        ) from error
    try:
        return _Http(transport=httpx2.AsyncHTTPTransport()) if _is_local(host) else _Http()
    except (ValueError, ImportError) as error:
        raise BadSettings(
            "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY isn't the address of a proxy that Burn can use, "
            "such as http://127.0.0.1:3128."
        ) from error


def _is_local(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _find_refused(error: anthropic.APIStatusError, refused: frozenset[str]) -> str | None:
    """Which extra of the request the server doesn't take, if that is what it says."""
    if error.status_code not in _BAD_REQUEST:
        return None
    said = error.response.text
    return next(
        (extra for extra, name in _EXTRAS.items() if extra not in refused and name.search(said)),
        None,
    )


def _describe_status(status: int) -> str:
    match status:
        case 401 | 403:
            words = "refused the API key"
        case 404:
            words = "doesn't know the model or the address"
        case 413:
            words = "finds the thread too long"
        case 429 | 529:
            words = "is busy"
        case _ if 400 <= status < 500:
            words = "refused the request"
        case _ if status >= 500:
            words = "failed"
        case _:
            words = "gave no answer"
    return f"The model's server {words} ({status})."


def _read_retry_after(value: str) -> float | None:
    """Seconds from now, whether the header gives seconds or a date. None for anything else."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return seconds if 0 < seconds < math.inf else None
