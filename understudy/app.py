"""The understudy's routes: POST /v1/messages, and a description of itself at /."""

from json import JSONDecodeError

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from understudy.choice import choose
from understudy.wire import MessagesRequest, make_error, make_reply

_ABOUT = (
    "This is the understudy: a rule-based stand-in that serves the Messages API at /v1/messages, "
    "so that Burn works without an API key.\n"
)
_NO_STREAM = "The understudy can't stream: leave `stream` out, or set it to false."


def make_app() -> Starlette:
    """The ASGI application. It keeps nothing between requests."""
    routes = [
        Route("/", _about, methods=["GET"]),
        Route("/v1/messages", _messages, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _refuse})


async def _about(request: Request) -> PlainTextResponse:
    return PlainTextResponse(_ABOUT)


async def _messages(request: Request) -> JSONResponse:
    try:
        asked = MessagesRequest.model_validate(await request.json())
    except (JSONDecodeError, UnicodeDecodeError, RecursionError):
        return _bad_request("The request body is not valid JSON.")
    except ValidationError as error:
        return _bad_request(_first_problem(error))
    if asked.stream:
        return _bad_request(_NO_STREAM)
    # A long context of new blocks takes a tenth of a second: don't keep other requests waiting.
    choice = await run_in_threadpool(choose, asked)
    return JSONResponse(make_reply(asked, choice))


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or "request"
    return f"{where}: {problem['msg']}"


def _bad_request(message: str) -> JSONResponse:
    return JSONResponse(make_error("invalid_request_error", message), status_code=400)


async def _refuse(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    kind = "not_found_error" if status == 404 else "invalid_request_error"
    message = f"The understudy has no route {request.method} {request.url.path}."
    return JSONResponse(make_error(kind, message), status_code=status)
