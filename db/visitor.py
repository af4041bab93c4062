"""Who the web process's connections speak for: visitor.sql checks what is signed here.

A browser's id, or a key from a link, becomes a setting of the transaction. It is signed with the
instance's key, and holds for one connection and for MOST_SECONDS.
"""

import hmac
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from db.connection import begin, open_engine
from db.roles import Part, find_address

MOST_SECONDS = 900
_OPTION = "burn_visitor"
_SIGN = "burn_sign"
_BLOCK_BYTES = 64
_SEARCHER = "burn_searcher"
_SEARCHES_AT_ONCE = 5


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

    It keeps no prepared statements: what a visitor left prepared in a connection would run as the next.
    """
    engine, searcher = (
        open_engine(find_address(url, cookie_key, part), pool_size=pool_size)
        for part, pool_size in ((Part.WEB, 10), (Part.SEARCH, _SEARCHES_AT_ONCE))
    )
    for each in (engine, searcher):
        _sign_transactions(each, Signer(cookie_key))
    event.listen(engine, "engine_disposed", lambda _: searcher.dispose())
    return engine.execution_options(**{_SEARCHER: searcher})


def _sign_transactions(engine: Engine, signer: Signer) -> None:
    @event.listens_for(engine, "connect")
    def prepare(driver: Any, record: Any) -> None:
        driver.prepare_threshold = None
        (now,) = driver.execute("SELECT extract(epoch FROM clock_timestamp())::float").fetchone()
        driver.rollback()
        ahead = now - time.time()  # clocks differ

        def sign(visitor: Visitor) -> str:
            process = driver.info.backend_pid
            if driver.is_pooled:  # then each transaction may have another
                (process,) = driver.execute("SELECT pg_backend_pid()").fetchone()
            return signer.sign(visitor, process, time.time() + ahead)

        record.info[_SIGN] = sign

    @event.listens_for(engine, "begin")
    def say_who(connection: Connection) -> None:
        visitor = connection.get_execution_options().get(_OPTION)
        driver: Any = connection.connection.driver_connection
        # Somebody's own SQL could have left another value for the whole connection.
        signed = "" if visitor is None else connection.info[_SIGN](visitor)
        # In a pipeline, this takes the one round trip that beginning a transaction takes anyway.
        with driver.pipeline():
            driver.execute("SELECT set_config('burn.visitor', %s, true)", [signed])


def act_as(engine: Engine, visitor: Visitor | None) -> Engine:
    """The same engine, whose transactions are the visitor's."""
    return engine.execution_options(**{_OPTION: visitor})


@contextmanager
def searching(session: Session) -> Iterator[Session]:
    """A session for the same visitor in which searches use every index: see the views in
    policies.sql. Every statement in it must be one of Burn's own.
    """
    options = session.connection().get_execution_options()
    searcher = options.get(_SEARCHER)
    if searcher is None:
        yield session
        return
    with begin(act_as(searcher, options.get(_OPTION))) as other:
        other.execute(text("SET LOCAL search_path = seen, public"))
        yield other


def pad_keys(cookie_key: str) -> tuple[bytes, bytes]:
    """The inner and the outer key of HMAC (RFC 2104), for where there is only SHA-256."""
    block = _derive_key(cookie_key).ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def _derive_key(cookie_key: str) -> bytes:
    return hmac.new(cookie_key.encode(), b"visitors", sha256).digest()
