"""Listening to what the triggers notify, and reconnecting when the connection is lost."""

import logging
from collections.abc import Callable
from threading import Event, Thread

import psycopg

from db.connection import open_connection
from db.errors import Away

_log = logging.getLogger(__name__)
_RECONNECT_SECONDS = 0.25


class Listener:
    """A thread that LISTENs on one channel and reconnects by itself.

    on_connect gets the connection after each connect and reconnect, before any notification: it
    must read what was missed in between. on_notify gets each payload. Both run in the thread.
    connected is set from when on_connect returns until the connection is lost.
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
        """Returns once the connection is closed, within about a second."""
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
                    self._pass_on(connection)
            except (Away, psycopg.Error) as error:
                if self.connected.is_set() or not was_cut:
                    _log.warning("can't listen, retrying until it works: %s", error)
                was_cut = True
                self.connected.clear()
                self._stopping.wait(_RECONNECT_SECONDS)

    def _pass_on(self, connection: psycopg.Connection) -> None:
        while not self._stopping.is_set():
            for notify in connection.notifies(timeout=0.5):
                self._on_notify(notify.payload)
