"""LangGraph: a graph that asks, then writes, with the thread's messages in its checkpointer.

It has no queue: NOTIFY starts a task per event, one at a time in each thread. Nothing is claimed
and nothing records what is in progress, so there is one worker, and no other can take over.
"""

import asyncio
import operator
import sys
from collections import defaultdict
from typing import Annotated, Any, TypedDict

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from benchmarks.contenders import floor, plain
from benchmarks.models import open_log, read_seconds

post, count_left = floor.post, floor.count_left
_BACKLOG = (
    "SELECT thread_id || ' ' || id || ' ' || substr(data->>'text', 7) FROM events ORDER BY id"
)
_AS_DOCUMENTED = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}


class State(TypedDict):
    messages: Annotated[list[str], operator.add]
    newest: tuple[int, int, int]  # thread, event and its number


def set_up(url: str, threads: int) -> None:
    plain.make_tables(url)
    asyncio.run(_set_up_checkpoints(url))


async def _set_up_checkpoints(url: str) -> None:
    async with AsyncPostgresSaver.from_conn_string(url) as saver:
        await saver.setup()


def make_graph(pool: "AsyncConnectionPool[Any]") -> Any:
    log, seconds = open_log(), read_seconds()

    async def ask(state: State) -> dict[str, list[str]]:
        log.note(state["newest"][2])
        await asyncio.sleep(seconds)
        return {"messages": [plain.make_reply(state["newest"][2])]}

    async def write(state: State) -> None:
        thread, event_id, number = state["newest"]
        async with pool.connection() as connection, connection.transaction():
            await connection.execute(
                plain.REPLY.format("%s", "%s"), [thread, state["messages"][-1]]
            )
            for fact in plain.list_facts(number):
                await connection.execute(
                    plain.FACT.format("%s", "%s", "%s"), [thread, event_id, fact]
                )

    graph = StateGraph(State).add_node("ask", ask).add_node("write", write)
    graph.add_edge(START, "ask").add_edge("ask", "write").add_edge("write", END)
    return graph.compile(checkpointer=AsyncPostgresSaver(pool))


async def work(url: str, concurrency: int) -> None:
    places = asyncio.Semaphore(concurrency)
    turns: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
    listening = await psycopg.AsyncConnection.connect(url, autocommit=True)
    await listening.execute("LISTEN turn")
    async with (
        AsyncConnectionPool(url, max_size=20, kwargs=_AS_DOCUMENTED) as pool,
        asyncio.TaskGroup() as tasks,
    ):
        graph = make_graph(pool)

        async def lock_task(event: str) -> None:
            thread, _, number = newest = tuple(int(part) for part in event.split())
            async with turns[thread], places:
                await graph.ainvoke(
                    {"messages": [f"event {number}"], "newest": newest},
                    {"configurable": {"thread_id": str(thread)}},
                )

        for (event,) in await (await listening.execute(_BACKLOG)).fetchall():
            tasks.create_task(lock_task(event))
        print("ready", flush=True)
        async for notify in listening.notifies():
            tasks.create_task(lock_task(notify.payload))


def main(url: str, concurrency: int) -> None:
    asyncio.run(work(url, concurrency))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
