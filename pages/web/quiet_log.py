"""Lines that anybody who sends nonsense leaves in the log: at most one a minute of each kind."""

import logging
import time

_SECONDS = 60.0
_SERVER = "uvicorn.error"
_PROVIDERS = "streamlit.web.server.starlette.starlette_auth_routes"


class _Sparing(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self._free_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = str(record.msg), time.monotonic()
        if record.name == _SERVER and not kind.startswith("Invalid "):
            return True
        is_free = self._free_at.get(kind, now) <= now
        if is_free:
            self._free_at[kind] = now + _SECONDS
        return is_free


def quieten_log() -> None:
    """From now on, what the server and the providers' addresses say of nonsense is told sparingly."""
    for name in (_SERVER, _PROVIDERS):
        logging.getLogger(name).addFilter(_Sparing())
