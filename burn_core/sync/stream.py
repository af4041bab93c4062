"""The endpoints as a web process serves them.

How the server still stops: it waits for open answers and tells them nothing, so app.py hears the
signals too, and stop() ends these.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from burn_core.errors import BadQuestion, MustRefetch, NotAllowed, NotFound, UserError
from burn_core.room.access import Audience
from burn_core.room.live import Live
from burn_core.sync.changes import check_offset
from burn_core.sync.feed import Feed
from burn_core.sync.offset import START_OVER, Offset, check_age
from burn_core.sync.subscriber import Question, find_reader, read_question
from db.connection import begin

T = TypeVar("T")
# Of the pool's connections, which the screen needs too.
_QUERIES_AT_ONCE = 2
_GRACE_SECONDS = 0.5
_STATUSES = {BadQuestion: 400, NotAllowed: 401, NotFound: 404, MustRefetch: 409}


class Sync:
    """The endpoints of one web process, and the answers that are open."""

    def __init__(self, engine: Engine, audience: Audience, live: Live) -> None:
        self._engine = engine
        self._audience = audience
        self._live = live
        self._feeds: set[Feed] = set()
        self._limiter = CapacityLimiter(_QUERIES_AT_ONCE)
        self._is_stopping = False

    def stop(self) -> None:
        """End every open answer. Safe in any thread, and in a signal handler."""
        self._is_stopping = True
        for feed in tuple(self._feeds):
            feed.stop()

    async def serve(self, request: Request) -> Response:
        try:
            question = read_question(request, self._audience.read_browser_id(request))
            offset = await self._query(lambda session: _find_place(session, question))
        except UserError as error:
            op = "must-refetch" if isinstance(error, MustRefetch) else "error"
            return JSONResponse({"op": op, "message": str(error)}, _STATUSES[type(error)])
        except OperationalError:
            message = "The database is away. Try again in a moment."
            return JSONResponse({"op": "error", "message": message}, 503)
        return _Stream(self, Feed(self._query, self._live, question, offset))

    def open(self, feed: Feed) -> None:
        """An answer begins."""
        self._feeds.add(feed)
        if self._is_stopping:
            feed.stop()

    def close(self, feed: Feed) -> None:
        """An answer is over: its client went, or it was ended."""
        self._feeds.discard(feed)
        feed.leave()

    async def _query(self, function: Callable[[Session], T]) -> T:
        def work() -> T:
            with begin(self._engine) as session:
                return function(session)

        return await to_thread.run_sync(work, limiter=self._limiter)


class _Stream(StreamingResponse):
    media_type = "application/x-ndjson"

    def __init__(self, sync: Sync, feed: Feed) -> None:
        # A Content-Encoding keeps middleware from compressing, which would hold lines back.
        headers = {"Cache-Control": "no-store", "Content-Encoding": "identity"}
        super().__init__(feed.read(), headers=headers)
        self._sync = sync
        self._feed = feed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._sync.open(self._feed)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._sync.close(self._feed)

    async def listen_for_disconnect(self, receive: Receive) -> None:
        """Until the client is gone, or has had its time to read the rest of what was stopped."""
        gone = asyncio.create_task(super().listen_for_disconnect(receive))
        late = asyncio.create_task(self._feed.wait_for_stop(_GRACE_SECONDS))
        try:
            await asyncio.wait({gone, late}, return_when=asyncio.FIRST_COMPLETED)
            if not gone.done():
                _abort(receive)
        finally:
            gone.cancel()
            late.cancel()


def _find_place(session: Session, question: Question) -> Offset:
    """Where the answer begins, if it may."""
    signature = find_reader(session, question).sign(question.table)
    if question.offset is None:
        return Offset(signature)
    check_age(question.offset)
    if question.offset.signature != signature:
        raise MustRefetch("That offset is of another table, thread or reader. " + START_OVER)
    check_offset(session, question.offset)
    return question.offset


def _abort(receive: Receive) -> None:
    # To close a connection is to wait until its client has read everything, and a curl that is
    # piped into a pager doesn't. Of the server, the response has nothing but this function.
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
