"""What a response holds while its client doesn't read."""

from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.room.live import Live
from burn_core.sync.feed import _BYTES_AT_ONCE, Feed
from burn_core.sync.offset import Offset
from burn_core.sync.stream import Sync
from burn_core.sync.subscriber import StreamRequest, Subscriber
from db.connection import begin
from tests.burn_core.sync.truth import BROWSER
from tests.making import Hand, run_for

T = TypeVar("T")
LONG = 200_000


def read_chunks(engine: Engine, live: Live, request: StreamRequest, offset: Offset) -> list[bytes]:
    """All that a response sends which isn't live."""

    async def run_query(function: Callable[[Session], T]) -> T:
        with begin(engine) as session:
            return function(session)

    async def read() -> list[bytes]:
        feed = Feed(run_query, live, request, offset)
        chunks: AsyncIterator[bytes] = feed.read()
        try:
            return [chunk async for chunk in chunks]
        finally:
            feed.leave()

    return run_for(read())


def test_pages_of_long_rows_are_short(
    engine: Engine, sync: Sync, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    said = [hand.say(thread_id, ada, "x" * LONG) for _ in range(20)]
    request = StreamRequest("events", None, None, False, BROWSER, None)
    offset = Offset(Subscriber(ada, None).fingerprint("events"))
    chunks = read_chunks(engine, sync._live, request, offset)
    assert max(map(len, chunks)) < _BYTES_AT_ONCE + 2 * LONG
    rows = b"".join(chunks)
    assert [rows.count(f'"id": "{id}"'.encode()) for id in said] == [1] * len(said)
    assert rows.count(b"up-to-date") == 1
