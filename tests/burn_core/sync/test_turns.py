"""Whoever has many streams doesn't keep others' waiting."""

import asyncio
from threading import Event

from burn_core.sync.stream import Sync
from db.visitor import Visitor
from tests.burn_core.sync.truth import BOBS_BROWSER, BROWSER
from tests.making import run_for

SECONDS = 10


def test_the_streams_of_one_browser_leave_room_for_others(sync: Sync) -> None:
    is_over = Event()

    async def steps() -> None:
        crowd = [
            asyncio.create_task(sync._run_query(Visitor(BROWSER), lambda _: is_over.wait(SECONDS)))
            for _ in range(20)
        ]
        other = sync._run_query(Visitor(BOBS_BROWSER), lambda _: "bob's")
        assert await asyncio.wait_for(other, SECONDS / 2) == "bob's"
        is_over.set()
        await asyncio.gather(*crowd)

    run_for(steps(), 3 * SECONDS)
