"""Lines that anybody who sends nonsense leaves in the log: at most one a minute of each kind."""

import logging
import time

_SECONDS = 60.0
# How such lines begin, by the logger's name.
_LOGGERS = {
    "uvicorn.error": "Invalid ",
    "streamlit.web.server.starlette.starlette_auth_routes": "",
    "streamlit.runtime.app_session": "The fragment with id ",
    "streamlit.runtime.scriptrunner.script_runner": "Couldn't find fragment ",
}


class _Sparing(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._free_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = str(record.msg), time.monotonic()
        if not kind.startswith(_LOGGERS[record.name]):
            return True
        is_free = self._free_at.get(kind, now) <= now
        if is_free:
            self._free_at[kind] = now + _SECONDS
        return is_free


def quieten_log() -> None:
    """From now on, what is said of nonsense is told sparingly."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_Sparing())
