"""What the tests of the room share."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine

from burn_core.room.access import Audience
from burn_core.room.cookies import Cookies
from burn_core.room.live import Live
from db.connection import begin
from tests.making import wait_for

T = TypeVar("T")
Run = Callable[..., Any]


@pytest.fixture
def run(engine: Engine) -> Run:
    """Runs a function in a transaction of its own, as each request does."""

    def run(function: Callable[..., T], *args: object) -> T:
        with begin(engine) as session:
            return function(session, *args)

    return run


@pytest.fixture
def cookies(cookie_key: str) -> Cookies:
    return Cookies(cookie_key)


@pytest.fixture
def audience(web_engine: Engine, door_engine: Engine, cookies: Cookies) -> Audience:
    return Audience(web_engine, door_engine, cookies, "web")


@pytest.fixture
def live(url: str, audience: Audience) -> Iterator[Live]:
    live = Live(url, audience)
    live.start()
    wait_for(lambda: live._listener.connected.is_set())
    yield live
    live.stop()
