"""Listening to what the triggers notify, and reconnecting when the connection is lost."""

import logging
from collections.abc import Callable
from threading import Event, Thread

import psycopg

from db.connection import Connection, open_connection
from db.errors import Away

_log = logging.getLogger(__name__)
_RECONNECT_SECONDS = 0.25
_POLL_SECONDS = 1.0
_TEST_SECONDS = 2.0
_TEST = "listener:test"
# Which transactions have ended in this server.
_SNAPSHOT = "SELECT pg_current_snapshot()::text"


class Listener:
    """A thread that LISTENs on one channel and reconnects by itself.

    on_connect gets the connection after each connect and reconnect, before any notification: it
    must read what was missed in between. on_notify gets each payload. All run in the thread.
    connected is set from when on_connect returns until the connection is lost.

    Behind a pooler that gives each transaction another connection, no notification arrives. Then it
    asks Postgres every second whether anything was written, and calls on_poll if so.
    """

    def __init__(
        self,
        url: str,
        channel: str,
        on_notify: Callable[[str], None],
        on_connect: Callable[[Connection], None],
        on_poll: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._channel = channel
        self._on_notify = on_notify
        self._on_connect = on_connect
        self._on_poll = on_poll
        self.connected = Event()
        self.is_deaf = False
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=f"listen-{channel}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once the connection is closed, within about a second."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        was_cut = False
        while not self._stopping.is_set():
            try:
                with open_connection(self._url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {self._channel}".encode())
                    self.is_deaf = connection.is_pooled and not self._hears(connection)
                    self._on_connect(connection)
                    self.connected.set()
                    if was_cut:
                        _log.warning("listening again")
                    if self.is_deaf:
                        self._poll(connection)
                    else:
                        self._pass_on(connection)
            except (Away, psycopg.Error) as error:
                if self.connected.is_set() or not was_cut:
                    _log.warning("can't listen, retrying until it works: %s", error)
                was_cut = True
                self.connected.clear()
                self._stopping.wait(_RECONNECT_SECONDS)

    def _pass_on(self, connection: Connection) -> None:
        while not self._stopping.is_set():
            for notify in connection.notifies(timeout=0.5):
                self._on_notify(notify.payload)

    def _hears(self, connection: Connection) -> bool:
        """Whether notifications arrive. If nobody else sends one, another connection does."""
        with open_connection(self._url, autocommit=True) as other:
            other.execute("SELECT pg_notify(%s, %s)", [self._channel, _TEST])
        return any(True for _ in connection.notifies(timeout=_TEST_SECONDS, stop_after=1))

    def _poll(self, connection: Connection) -> None:
        _log.warning(
            "notifications don't arrive through this pooler, so Burn asks every second. For more "
            "speed, give it an address without a pooler, or set pool_mode = session"
        )
        seen = ""
        while not self._stopping.wait(_POLL_SECONDS):
            (now,) = connection.execute(_SNAPSHOT).fetchone() or ("",)
            if now != seen:
                self._on_poll()
            seen = now
