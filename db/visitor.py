"""Who the web process's connections speak for: visitor.sql checks what is signed here.

A browser's id, or a key from a link, becomes a setting of the transaction. It is signed with the
instance's key, and holds for one connection and for MOST_SECONDS.
"""

import hmac
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from db.connection import open_engine
from db.roles import Part, find_address

MOST_SECONDS = 900
_OPTION = "burn_visitor"
_PROCESS = "burn_process"
_BLOCK_BYTES = 64


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser, which may be signed in, and the key in its address, if there is one."""

    browser_id: UUID | None = None
    key: UUID | None = None


class Signer:
    """Signs with the key of an instance (db/instance.py)."""

    def __init__(self, cookie_key: str) -> None:
        self._key = _derive_key(cookie_key)

    def sign(self, visitor: Visitor, process: int, now: float | None = None) -> str:
        """The value of burn.visitor for the connection that this process of Postgres serves.

        now is in seconds since 1970.
        """
        until = int(now or time.time()) + MOST_SECONDS
        said = f"{visitor.browser_id or '-'} {visitor.key or '-'} {process} {until}"
        return f"{said} {hmac.new(self._key, said.encode(), sha256).hexdigest()}"


def open_visitors_engine(url: str, cookie_key: str) -> Engine:
    """An engine that connects as the web process's role. A transaction sees what its visitor can see
    (act_as); without one, nothing.
    """
    engine = open_engine(find_address(url, cookie_key, Part.WEB))
    _sign_transactions(engine, Signer(cookie_key))
    return engine


def _sign_transactions(engine: Engine, signer: Signer) -> None:
    @event.listens_for(engine, "connect")
    def ask_for_process(driver: Any, record: Any) -> None:
        # Behind a pooler, the driver's own idea of the process is wrong; and clocks differ.
        asked = "SELECT pg_backend_pid(), extract(epoch FROM clock_timestamp())::float"
        process, now = driver.execute(asked).fetchone()
        driver.rollback()
        record.info[_PROCESS] = process, now - time.time()

    @event.listens_for(engine, "begin")
    def say_who(connection: Connection) -> None:
        visitor = connection.get_execution_options().get(_OPTION)
        if visitor is None:
            return
        process, ahead = connection.info[_PROCESS]
        signed = signer.sign(visitor, process, time.time() + ahead)
        driver: Any = connection.connection.driver_connection
        # In a pipeline, this takes the one round trip that beginning a transaction takes anyway.
        with driver.pipeline():
            driver.execute("SELECT set_config('burn.visitor', %s, true)", [signed])


def act_as(engine: Engine, visitor: Visitor) -> Engine:
    """The same engine, whose transactions are the visitor's."""
    return engine.execution_options(**{_OPTION: visitor})


def search_freely(session: Session) -> None:
    """Until the transaction ends, let searches use every index: see the views in policies.sql."""
    if _OPTION in session.connection().get_execution_options():
        session.execute(text("SET LOCAL search_path = seen, public"))


def pad_keys(cookie_key: str) -> tuple[bytes, bytes]:
    """The inner and the outer key of HMAC (RFC 2104), for where there is only SHA-256."""
    block = _derive_key(cookie_key).ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def _derive_key(cookie_key: str) -> bytes:
    return hmac.new(cookie_key.encode(), b"visitors", sha256).digest()
