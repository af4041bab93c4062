"""What goes to standard error as lines of JSON, for programs that collect logs (BURN_LOG=json).

What people wrote never gets there, and no secret: the text of an exception may quote either, so a
traceback has the exceptions' types and where they were raised, and only Burn's own say what was wrong.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from uuid import UUID

from burn_core.errors import OperatorError
from db.errors import DatabaseError

_run: ContextVar[dict[str, str] | None] = ContextVar("run", default=None)
_log = logging.getLogger(__name__)


@contextmanager
def about_run(run_id: UUID, thread_id: UUID) -> Iterator[None]:
    """What is logged in the block is about this run. That includes what it awaits elsewhere."""
    token = _run.set({"run_id": str(run_id), "thread_id": str(thread_id)})
    try:
        yield
    finally:
        _run.reset(token)


class Quote(str):
    """A text from outside, which may quote people. In JSON only its length is written."""


def write_json_logs() -> None:
    """From now on, all that this process logs is lines of JSON, also what no code catches."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter())
    logging.basicConfig(handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.setLoggerClass(_Logger)
    for logger in logging.root.manager.loggerDict.values():
        if type(logger) is logging.Logger:
            logger.__class__ = _Logger
    # Its lines about sockets have their addresses, with the keys in them.
    logging.getLogger("uvicorn.error").addFilter(_is_serious)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def tell_operator(error: Exception) -> None:
    """Write why this process ends."""
    if isinstance(_log, _Logger):
        _log.critical(str(error))
    else:
        print(error, file=sys.stderr, flush=True)


class _Logger(logging.Logger):
    """A logger that leaves writing to the root: libraries give theirs handlers of their own."""

    def callHandlers(self, record: logging.LogRecord) -> None:  # noqa: N802
        logging.root.callHandlers(record)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _write_message(record),
            **(_run.get() or {}),
        }
        if record.exc_info and record.exc_info[1]:
            line["traceback"] = "".join(_list_tracebacks(record.exc_info[1]))
        return json.dumps(line)


def _write_message(record: logging.LogRecord) -> str:
    if isinstance(record.args, tuple):
        record = logging.makeLogRecord(record.__dict__ | {"args": tuple(map(_hide, record.args))})
    message = record.getMessage()
    # asyncio's further lines are exceptions with their texts.
    return message.partition("\n")[0] if record.name == "asyncio" else message


def _hide(value: object) -> object:
    if isinstance(value, Quote):
        return f"({len(value)} characters, which only logs as text have)"
    if isinstance(value, BaseException):
        return str(value) if _is_ours(value) else type(value).__name__
    return value


def _list_tracebacks(error: BaseException | None) -> Iterator[str]:
    """The exception with those that led to it, oldest first, as Python prints them."""
    if error is None:
        return
    yield from _list_tracebacks(
        error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    )
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{_describe(error)}\n"
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _list_tracebacks(part)


def _describe(error: BaseException) -> str:
    name = type(error).__name__
    return f"{name}: {error}" if _is_ours(error) else name


def _is_ours(error: BaseException) -> bool:
    """Whether its text is Burn's own, and for operators."""
    return isinstance(error, OperatorError | DatabaseError)


def _is_serious(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    _log.critical("an uncaught error", exc_info=(kind, error, trace))
