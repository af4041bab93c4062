"""Hearing what the triggers notify, and never going deaf unnoticed."""

import logging
from collections.abc import Callable
from threading import Event, Thread

import psycopg

from db.connection import open_connection

_log = logging.getLogger(__name__)
_RECONNECT_SECONDS = 0.25


class Listener:
    """A thread that LISTENs on one channel and reconnects by itself.

    on_connect gets the connection after every (re)connection, before anything is heard: whatever
    was missed meanwhile must be read then. on_notify gets each payload. Both run in the thread.
    connected is set while on_connect has returned and the connection holds.
    """

    def __init__(
        self,
        url: str,
        channel: str,
        on_notify: Callable[[str], None],
        on_connect: Callable[[psycopg.Connection], None],
    ) -> None:
        self._url = url
        self._channel = channel
        self._on_notify = on_notify
        self._on_connect = on_connect
        self.connected = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=f"listen-{channel}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the connection is closed, within about a second."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        was_cut = False
        while not self._stopping.is_set():
            try:
                with open_connection(self._url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {self._channel}".encode())
                    self._on_connect(connection)
                    self.connected.set()
                    if was_cut:
                        _log.warning("listening again")
                    self._hear(connection)
            except psycopg.Error as error:
                if self.connected.is_set() or not was_cut:
                    _log.warning("can't listen, trying until it works: %s", error)
                was_cut = True
                self.connected.clear()
                self._stopping.wait(_RECONNECT_SECONDS)

    def _hear(self, connection: psycopg.Connection) -> None:
        while not self._stopping.is_set():
            for notify in connection.notifies(timeout=0.5):
                self._on_notify(notify.payload)
