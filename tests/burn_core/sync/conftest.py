"""A server with nothing but the endpoints, two people, and clients for them."""

from collections.abc import Callable, Iterator
from threading import Thread
from uuid import UUID

import pytest
import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Route

from burn_core.room.access import Audience
from burn_core.room.cookies import Cookies
from burn_core.room.limits import RateLimits
from burn_core.room.live import Live
from burn_core.room.sign_in import sign_in
from burn_core.sync.stream import Sync
from db.connection import begin
from tests.burn_core.sync.truth import BOBS_BROWSER, BROWSER
from tests.following import FollowingClient
from tests.making import wait_for


@pytest.fixture
def cookies(cookie_key: str) -> Cookies:
    return Cookies(cookie_key)


@pytest.fixture
def sync(url: str, web_engine: Engine, door_engine: Engine, cookies: Cookies) -> Iterator[Sync]:
    audience = Audience(web_engine, door_engine, cookies, "web")
    live = Live(url, audience)
    live.start()
    wait_for(lambda: live._listener.connected.is_set())
    yield Sync(web_engine, audience, live, RateLimits(door_engine, "key"))
    live.stop()


@pytest.fixture
def port(sync: Sync) -> Iterator[int]:
    """Of a server with nothing but the endpoints."""
    app = Starlette(routes=[Route("/sync/{table}", sync.serve)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    running = Thread(target=server.run, daemon=True)
    running.start()
    wait_for(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    sync.stop()
    server.should_exit = True
    running.join(10)
    assert not running.is_alive()


@pytest.fixture
def ada(engine: Engine) -> UUID:
    with begin(engine) as session:
        return sign_in(session, BROWSER, "ada", "her password").id


@pytest.fixture
def bob(engine: Engine) -> UUID:
    with begin(engine) as session:
        return sign_in(session, BOBS_BROWSER, "bob").id


@pytest.fixture
def make_client(port: int, cookies: Cookies) -> Callable[..., FollowingClient]:
    def make(table: str, browser_id: UUID = BROWSER, **query: object) -> FollowingClient:
        strings = {name: str(value) for name, value in query.items()}
        return FollowingClient(port, table, cookies.make_cookie(browser_id), **strings)

    return make
