"""What tests are made of: rows typed by hand, and values without a database."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psycopg
from sqlalchemy.orm import Session

from burn_core.events import (
    Event,
    EventType,
    system_data,
    text_data,
    tool_use_data,
)
from burn_core.room.memberships import join_thread
from burn_core.room.threads import get_invitation_key
from burn_core.snapshot import Snapshot
from burn_core.users import User
from db.schema import Json

T = TypeVar("T")
ADA = User(UUID("aaaaaaaa-0000-4000-8000-000000000001"), "ada", "human", None)
BOB = User(UUID("aaaaaaaa-0000-4000-8000-000000000002"), "bob", "human", None)
SARAH = User(UUID("eeeeeeee-0000-4000-8000-000000000001"), "sarah", "agent", None)
JERRY = User(UUID("eeeeeeee-0000-4000-8000-000000000002"), "jerry", "agent", None)
FRANKIE = User(UUID("eeeeeeee-0000-4000-8000-000000000003"), "frankie", "agent", None)
_RULES = {SARAH.id: "producer", JERRY.id: "opener", FRANKIE.id: "follow_up"}
_ROLES = {ADA.id: "owner", BOB.id: "member", SARAH.id: "producer"}


def make_event(seq: int, user: User, type: EventType, data: Json) -> Event:
    return Event(uuid4(), seq, user.id, type, data, datetime(2026, 1, 1, tzinfo=UTC))


def make_text(seq: int, user: User, text: str) -> Event:
    return make_event(seq, user, EventType.TEXT, text_data(text))


def make_system(seq: int, user: User, action: str) -> Event:
    return make_event(seq, user, EventType.SYSTEM, system_data(action))


def make_tool_use(seq: int, user: User, name: str, **input: Any) -> Event:
    return make_event(seq, user, EventType.TOOL_USE, tool_use_data(f"toolu_{seq}", name, input))


def make_tool_result_data(tool_use_id: str, tool_name: str, content: str, is_error: bool) -> Json:
    return {
        "tool_use_id": tool_use_id,
        "tool_name": tool_name,
        "content": content,
        "is_error": is_error,
    }


def make_extract(seq: int, *subjects: User) -> Event:
    facts = [{"subject": str(subject.id)} for subject in subjects]
    return make_tool_use(seq, SARAH, "extract_facts", facts=facts)


def make_snapshot(
    events: Sequence[Event],
    facts: dict[User, int] | None = None,
    users: Sequence[User] = (ADA, BOB, SARAH, JERRY, FRANKIE),
    tapped_out: Sequence[User] = (),
) -> Snapshot:
    return Snapshot(
        uuid4(),
        events[-1].seq if events else 0,
        tuple(events),
        {user.id: user for user in users},
        {user.id: _ROLES.get(user.id, "comedian") for user in users},
        {user.id: _RULES[user.id] for user in users if user.is_agent},
        {user.id: count for user, count in (facts or {}).items()},
        frozenset(user.id for user in tapped_out),
    )


class Hand:
    """Somebody at a psql prompt: every statement is a transaction of its own."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)

    def type(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *values: object) -> Any:
        return self.type(statement, *values)[0][0]

    def make_user(self, name: str = "ada") -> UUID:
        made: UUID = self.value("INSERT INTO users (name) VALUES (%s) RETURNING id", name)
        return made

    def sign_in(self, user_id: UUID) -> UUID:
        """The id of a browser in which they are signed in."""
        browser_id = uuid4()
        self.type("INSERT INTO sessions (browser_id, user_id) VALUES (%s, %s)", browser_id, user_id)
        return browser_id

    def make_thread(self, *members: UUID, agents: Sequence[str] = ()) -> UUID:
        """A thread with people, the first of whom owns it, and agents by name."""
        thread_id: UUID = self.value("INSERT INTO threads DEFAULT VALUES RETURNING id")
        for number, member in enumerate(members):
            role = "member" if number else "owner"
            self.join(thread_id, member, role)
        for name in agents:
            self.join(
                thread_id,
                self.value("SELECT id FROM users WHERE name = %s", name),
                "producer" if name == "sarah" else "comedian",
            )
        return thread_id

    def join(self, thread_id: UUID, user_id: UUID, role: str = "member") -> None:
        self.type(
            "INSERT INTO memberships (thread_id, user_id, role) VALUES (%s, %s, %s)",
            thread_id,
            user_id,
            role,
        )

    def say(self, thread_id: UUID, user_id: UUID, text: str) -> UUID:
        said: UUID = self.value(
            "INSERT INTO events (thread_id, user_id, type, data)"
            " VALUES (%s, %s, 'text', jsonb_build_object('text', %s::text)) RETURNING id",
            thread_id,
            user_id,
            text,
        )
        return said

    def use_tool(self, thread_id: UUID, agent: str, name: str, **input: object) -> UUID:
        used: UUID = self.value(
            "INSERT INTO events (thread_id, user_id, type, data)"
            " SELECT %s, id, 'tool_use', jsonb_build_object('id', 'toolu_1', 'name', %s::text,"
            " 'input', %s::jsonb) FROM users WHERE name = %s AND type = 'agent' RETURNING id",
            thread_id,
            name,
            json.dumps(input),
            agent,
        )
        return used

    def act(self, thread_id: UUID, user_id: UUID, action: str, whom: UUID | None = None) -> None:
        self.type(
            "INSERT INTO events (thread_id, user_id, type, data) VALUES (%s, %s, 'system',"
            " jsonb_strip_nulls(jsonb_build_object('action', %s::text, 'target', 'thread', 'member',"
            " (SELECT jsonb_build_object('id', id, 'name', name) FROM users WHERE id = %s))))",
            thread_id,
            user_id,
            action,
            whom,
        )

    def invite(self, thread_id: UUID) -> str:
        """The address of the thread's invite link."""
        key = self.value("SELECT invitation_key FROM threads WHERE id = %s", thread_id)
        return f"/?thread={thread_id}&invite={key}"

    def remove(self, thread_id: UUID, owner_id: UUID, user_id: UUID) -> None:
        self.act(thread_id, owner_id, "removed", user_id)
        self.type(
            "DELETE FROM memberships WHERE thread_id = %s AND user_id = %s", thread_id, user_id
        )

    def begin_run(
        self, thread_id: UUID, agent: str, status: str = "running", error: str | None = None
    ) -> UUID:
        begun: UUID = self.value(
            "INSERT INTO runs"
            " (thread_id, user_id, agent_id, from_seq, to_seq, status, reason, error)"
            " SELECT %s, a.user_id, a.id, 1, 1, %s, 'somebody spoke', %s"
            " FROM agents a JOIN users u ON u.id = a.user_id WHERE u.name = %s RETURNING runs.id",
            thread_id,
            status,
            error,
            agent,
        )
        return begun

    def learn(
        self, thread_id: UUID, subject_id: UUID, predicate: str, object: str, confidence: float
    ) -> None:
        self.type(
            "INSERT INTO facts (thread_id, subject_id, predicate, object, confidence)"
            " VALUES (%s, %s, %s, %s, %s)",
            thread_id,
            subject_id,
            predicate,
            object,
            confidence,
        )

    def list_tool_uses(self, thread_id: UUID) -> list[tuple[str, str]]:
        """Who used which tool, in order."""
        return self.type(
            "SELECT u.name, e.data->>'name' FROM events e JOIN users u ON u.id = e.user_id"
            " WHERE e.thread_id = %s AND e.type = 'tool_use' ORDER BY e.seq",
            thread_id,
        )


def join(session: Session, thread_id: UUID, user_id: UUID) -> None:
    """Join the thread, as somebody who has its invite link."""
    join_thread(session, thread_id, user_id, get_invitation_key(session, thread_id))


def run_for(awaitable: Awaitable[T], seconds: float = 10.0) -> T:
    """Its result. Raises TimeoutError after that many seconds.

    In a thread of its own: once a browser has been started, this one seems to run a loop already.
    """

    async def wait() -> T:
        return await asyncio.wait_for(awaitable, seconds)

    with ThreadPoolExecutor(1) as pool:
        result: T = pool.submit(asyncio.run, wait()).result()
    return result


def wait_for(condition: Callable[[], T], seconds: float = 10.0) -> T:
    """The condition's value as soon as it is true. Raises AssertionError after that many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, (
            f"waited {seconds} s in vain: {condition} is still false"
        )
        time.sleep(0.02)
    return value
