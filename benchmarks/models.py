"""A model for measuring: it answers at once, or after a delay, and logs when it was asked."""

import os
import re
import time
from collections.abc import Sequence

from burn_core.model import Reply, Request, ToolUse, Usage
from db.schema import Json

LOG_VARIABLE = "BENCH_LOG"
SECONDS_VARIABLE = "BENCH_MODEL_SECONDS"
_MESSAGE = re.compile(
    r"<user_message>\n  from: (?P<user>\S+)\n  id: (?P<id>\S+)\n  text: event (?P<number>\d+)\n"
)


class Log:
    """Logs when numbered events reach a model: one short line each, from any process."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def note(self, number: int | str) -> None:
        os.write(self._file, f"{number} {time.time_ns()}\n".encode())


def open_log() -> Log:
    return Log(os.environ[LOG_VARIABLE])


def read_seconds() -> float:
    """How many seconds the model takes to answer."""
    return float(os.environ[SECONDS_VARIABLE])


def read_log(path: str) -> dict[int, list[int]]:
    """When each event reached a model, in ns since the epoch. Repeated events have several times."""
    times: dict[int, list[int]] = {}
    if os.path.exists(path):
        with open(path) as log:
            for line in log:
                number, time_ns = line.split()
                times.setdefault(int(number), []).append(int(time_ns))
    return times


class NotingModel:
    """The model for Burn: answers with one tool use with two facts from the newest message."""

    def __init__(self) -> None:
        self._log = open_log()
        self._seconds = read_seconds()

    def ask(self, request: Request) -> Reply:
        newest = _find_last(request.messages[0]["content"])
        self._log.note(newest["number"])
        if self._seconds:
            time.sleep(self._seconds)
        use = ToolUse(f"toolu_{newest['number']}", "extract_facts", {"facts": _make_facts(newest)})
        return Reply("noting", "tool_use", [use], usage=Usage(1, 1))


def _find_last(text: str) -> dict[str, str]:
    start = text.rindex("<user_message>")
    match = _MESSAGE.match(text, start)
    assert match is not None, text[start : start + 200]
    return match.groupdict()


def _make_facts(newest: dict[str, str]) -> Sequence[Json]:
    return [
        {
            "subject": newest["user"],
            "predicate": "likes",
            "object": f"{thing} {newest['number']}",
            "category": "hobby",
            "confidence": 0.9,
            "disputed": False,
            "source_event": newest["id"],
        }
        for thing in ("chess", "cooking")
    ]
