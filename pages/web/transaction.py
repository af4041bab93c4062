"""What a request does in the database that signs people in and out (get_door_engine)."""

from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread
from sqlalchemy.orm import Session

from db.connection import begin
from pages.ui.shared.resources import get_door_engine

T = TypeVar("T")


async def run_transaction(function: Callable[[Session], T]) -> T:
    """The function's result, from one transaction, while other requests are served. Raises Away.

    When the caller is cancelled, the transaction goes on and nobody waits for it.
    """

    def work() -> T:
        with begin(get_door_engine()) as session:
            return function(session)

    return await to_thread.run_sync(work, abandon_on_cancel=True)
