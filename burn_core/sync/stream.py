"""The endpoints as a web process serves them.

A server that stops waits for open responses without telling them. So app.py catches the signals too,
and calls stop(), which ends them.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from burn_core.errors import BadRequest, MustRefetch, NotAllowed, NotFound, TooFast, UserError
from burn_core.room.access import Audience, read_key
from burn_core.room.limits import RateLimits
from burn_core.room.live import Live
from burn_core.sync.changes import check_horizons
from burn_core.sync.feed import Feed
from burn_core.sync.offset import START_OVER, Offset, check_age
from burn_core.sync.subscriber import StreamRequest, find_subscriber, read_request
from db.connection import begin
from db.errors import Away
from db.visitor import Visitor, act_as

T = TypeVar("T")
# They share the pool's connections with the screen.
_QUERIES_AT_ONCE = 2
_GRACE_SECONDS = 0.5
# With a Content-Encoding, middleware doesn't compress, which would hold lines back.
_HEADERS = {"Cache-Control": "no-store", "Content-Encoding": "identity"}
_STATUSES = {BadRequest: 400, NotAllowed: 401, NotFound: 404, MustRefetch: 409, TooFast: 429}


class Sync:
    """The endpoints of one web process, and its open responses."""

    def __init__(self, engine: Engine, audience: Audience, live: Live, limits: RateLimits) -> None:
        self._engine = engine
        self._limits = limits
        self._audience = audience
        self._live = live
        self._feeds: set[Feed] = set()
        self._limiter = CapacityLimiter(_QUERIES_AT_ONCE)
        self._turns: WeakValueDictionary[Visitor, asyncio.Lock] = WeakValueDictionary()
        self._is_stopping = False

    def stop(self) -> None:
        """End every open response. Safe in any thread, and in a signal handler."""
        self._is_stopping = True
        for feed in tuple(self._feeds):
            feed.stop()

    async def serve(self, request: Request) -> Response:
        try:
            asked = read_request(request, self._audience.read_browser_id(request))
            await self._count(request, asked)
            run_query = partial(self._run_query, Visitor(asked.browser_id, read_key(asked.key)))
            offset = await run_query(lambda session: _find_place(session, asked))
        except UserError as error:
            op = "must-refetch" if isinstance(error, MustRefetch) else "error"
            wait = {"Retry-After": f"{error.wait_seconds}"} if isinstance(error, TooFast) else None
            return JSONResponse({"op": op, "message": str(error)}, _STATUSES[type(error)], wait)
        except Away as error:
            message = f"{error.words} Try again in a moment."
            return JSONResponse({"op": "error", "message": message}, 503)
        if request.method == "HEAD":
            return Response(headers=_HEADERS, media_type=_Stream.media_type)
        return _Stream(self, Feed(run_query, self._live, asked, offset))

    def open(self, feed: Feed) -> None:
        """A response begins."""
        self._feeds.add(feed)
        if self._is_stopping:
            feed.stop()

    def close(self, feed: Feed) -> None:
        """A response is over: its client left, or it was ended."""
        self._feeds.discard(feed)
        feed.leave()

    async def _count(self, request: Request, asked: StreamRequest) -> None:
        """Raises TooFast."""
        address = request.client.host if request.client else None
        await to_thread.run_sync(
            self._limits.check_stream, asked.browser_id, address, limiter=self._limiter
        )

    async def _run_query(self, visitor: Visitor, function: Callable[[Session], T]) -> T:
        def work() -> T:
            with begin(act_as(self._engine, visitor)) as session:
                return function(session)

        # One at a time for each, however many streams they have: others' go in between.
        async with self._turns.setdefault(visitor, asyncio.Lock()):
            return await to_thread.run_sync(work, limiter=self._limiter)


class _Stream(StreamingResponse):
    media_type = "application/x-ndjson"

    def __init__(self, sync: Sync, feed: Feed) -> None:
        super().__init__(feed.read(), headers=_HEADERS)
        self._sync = sync
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._sync.open(self._feed)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._sync.close(self._feed)

    async def listen_for_disconnect(self, receive: Receive) -> None:
        """Return once the client is gone, or has had time to read the rest of a stopped response."""
        gone = asyncio.create_task(super().listen_for_disconnect(receive))
        late = asyncio.create_task(self._feed.wait_for_stop(_GRACE_SECONDS))
        try:
            await asyncio.wait({gone, late}, return_when=asyncio.FIRST_COMPLETED)
            if not gone.done():
                _abort(receive)
        finally:
            gone.cancel()
            late.cancel()


def _find_place(session: Session, request: StreamRequest) -> Offset:
    """Where the response begins. Raises UserError where it isn't allowed to."""
    fingerprint = find_subscriber(session, request).fingerprint(request.table)
    if request.offset is None:
        return Offset(fingerprint)
    check_age(request.offset)
    if request.offset.fingerprint != fingerprint:
        raise MustRefetch("That offset is for another table, thread or person. " + START_OVER)
    check_horizons(session, request.offset)
    return request.offset


def _abort(receive: Receive) -> None:
    # Closing a connection waits until its client has read everything, which a curl that is piped
    # into a pager doesn't do. receive is the response's only way to the server's transport.
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
