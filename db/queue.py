"""The queue of notifications, which all databases of a server share."""

import logging

from sqlalchemy import text
from sqlalchemy.orm import Session

_log = logging.getLogger(__name__)
# Of its length. Burn's own listeners leave nothing in it.
_MOST = 0.1
_TEND = text("SELECT used, ended FROM burn_tend_queue(:most)")


class Queue:
    """It is cleared only of what every session that listens has read. Once it is full, no change commits."""

    def __init__(self) -> None:
        self._was_long = False

    def tend(self, session: Session) -> None:
        """Clear it. If much is left, end the sessions of the roles that only read: anybody can listen."""
        used, ended = session.execute(_TEND, {"most": _MOST}).one()
        if ended:
            _log.warning(
                "the queue of notifications was %.0f %% full, so Burn has ended the sessions of "
                "hosts' programs and of the console: %d",
                *(100 * used, ended),
            )
        elif used > _MOST and not self._was_long:
            _log.warning(
                "the queue of notifications is %.0f %% full, and once it is full nothing can be saved. "
                "A session that listens doesn't read, and Burn isn't allowed to end it. As an "
                "administrator, find it (SELECT pid, usename, xact_start FROM pg_stat_activity "
                "ORDER BY xact_start) and end it: SELECT pg_terminate_backend(pid)",
                100 * used,
            )
        self._was_long = used > _MOST
