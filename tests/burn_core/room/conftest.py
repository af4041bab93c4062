"""What the tests of the room share."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine

from db.connection import begin

T = TypeVar("T")
Run = Callable[..., Any]


@pytest.fixture
def run(engine: Engine) -> Run:
    """Runs a function in a transaction of its own, as each request does."""

    def run(function: Callable[..., T], *args: object) -> T:
        with begin(engine) as session:
            return function(session, *args)

    return run
