"""A whole thread as a file of plain SQL, for psql to load into another database.

Users and agents that are there already, by id, are left alone, so that several threads of the same
people can be loaded. Everything else must be new, or nothing is loaded.

The thread arrives at rest: no agent is due until something happens there. A run that was under way
arrives as expired, because nobody would ever end it, and its agent reads the same events again.
Passwords, hosts and the keys of links stay behind: where it arrives, the thread gets a new invite
link. So do transaction numbers, which mean something in one cluster only.
"""

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    Table,
    Text,
    case,
    func,
    literal,
    null,
    select,
    text,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.orm import Session

from burn_core.explore.sql_text import write_sql
from burn_core.room.threads import Thread, get_thread
from db import schema
from db.schema import Agent, Event, Fact, Membership, Row, Run, User

_LEFT_BEHIND = {
    *("changed_in", "joined_in", "due_since", "wakes_at", "failures", "waits_for"),
    *("password_hash", "is_host", "spectator_key", "invitation_key"),
}
_ROWS_AT_ONCE = 1_000
_HEADER = """\
-- A thread of Burn, {name}, as it was at its event {last_seq}.
--
-- To load it into a database that "python -m burn_core migrate" has brought to revision {revision},
-- as the owner of its tables:
--
--     psql -v ON_ERROR_STOP=1 -f FILE ADDRESS
--
-- Either all of it is loaded or nothing. Then this gives its invite link:
--
--     SELECT '/?thread=' || id || '&invite=' || invitation_key FROM threads WHERE id = '{id}'

BEGIN;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;

-- These would renumber the events, refuse those of people who have left, and wake the agents.
ALTER TABLE events
    DISABLE TRIGGER place_event, DISABLE TRIGGER mark_due, DISABLE TRIGGER tap;
ALTER TABLE memberships DISABLE TRIGGER check_role;
ALTER TABLE runs DISABLE TRIGGER hand_back;"""
_FOOTER = """
ALTER TABLE runs ENABLE TRIGGER hand_back;
ALTER TABLE memberships ENABLE TRIGGER check_role;
ALTER TABLE events
    ENABLE TRIGGER place_event, ENABLE TRIGGER mark_due, ENABLE TRIGGER tap;
COMMIT;"""


def export_thread(session: Session, thread_id: UUID) -> Iterator[str]:
    """The lines of the file. Raises NotFound.

    The session must see one moment throughout (db.connection.begin_reading), or the file may have
    only some of the rows that are written meanwhile.
    """
    thread = get_thread(session, thread_id)
    yield _write_header(session, thread)
    for row, rows in _select_rows(thread_id).items():
        table = cast(Table, row.__table__)
        yield f"\n-- {table.name}"
        for values in session.execute(rows.execution_options(yield_per=_ROWS_AT_ONCE)).mappings():
            yield _write_insert(table, values)
    yield _FOOTER


def _write_header(session: Session, thread: Thread) -> str:
    revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    name = " ".join(thread.name.split())  # a comment ends with its line
    return _HEADER.format(name=name, last_seq=thread.last_seq, revision=revision, id=thread.id)


def _select_rows(thread_id: UUID) -> dict[type[Row], Select[*tuple[Any, ...]]]:
    """All rows of the thread, by class, each after the rows that it refers to."""
    users = User.id.in_(_list_users(thread_id))
    return {
        User: _select(User).where(users).order_by(User.inserted_at, User.id),
        Agent: _select(Agent).join(User).where(users).order_by(Agent.user_id, Agent.version),
        schema.Thread: _select(schema.Thread).where(schema.Thread.id == thread_id),
        Membership: _select(Membership, last_seen_seq=_last_seen_seq())
        .where(Membership.thread_id == thread_id)
        .order_by(Membership.inserted_at, Membership.id),
        Event: _select(Event).where(Event.thread_id == thread_id).order_by(Event.seq),
        Fact: _select(Fact).where(Fact.thread_id == thread_id).order_by(Fact.inserted_at, Fact.id),
        Run: _select(Run, **_end_of_run())
        .where(Run.thread_id == thread_id)
        .order_by(Run.started_at, Run.id),
    }


def _list_users(thread_id: UUID) -> Any:
    """The ids of all users in the thread's rows, including those who left or never spoke."""
    return (
        select(Membership.user_id)
        .where(Membership.thread_id == thread_id)
        .union(
            select(Event.user_id).where(Event.thread_id == thread_id),
            select(Fact.subject_id).where(Fact.thread_id == thread_id),
            select(Run.user_id).where(Run.thread_id == thread_id),
        )
    )


def _select(row: type[Row], **instead: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """The columns that are exported, or other values instead of them."""
    columns = [column for column in row.__table__.columns if column.key not in _LEFT_BEHIND]
    return select(*(instead.get(c.key, _read_exactly(c)).label(c.key) for c in columns))


def _read_exactly(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """As Postgres writes it, where a Python value would lose something, such as digits."""
    return as_type(column, Text) if isinstance(column.type, JSONB | ARRAY) else column


def _last_seen_seq() -> ColumnElement[Any]:
    unread = select(Run.from_seq - 1).where(
        Run.thread_id == Membership.thread_id,
        Run.user_id == Membership.user_id,
        Run.status == "running",
    )
    return func.coalesce(unread.scalar_subquery(), Membership.last_seen_seq)


def _end_of_run() -> dict[str, ColumnElement[Any]]:
    ended: dict[str, tuple[Any, Any]] = {
        "status": ("expired", Run.status),
        "error": ("its thread was exported while it ran", Run.error),
        "finished_at": (func.now(), Run.finished_at),
    }
    is_running = Run.status == "running"
    return {key: case((is_running, end), else_=own) for key, (end, own) in ended.items()}


def _write_insert(table: Table, values: RowMapping) -> str:
    written = {str(key): _write_value(value) for key, value in values.items()}
    statement = insert(table).values(written)
    if table.name in ("users", "agents"):
        statement = statement.on_conflict_do_nothing(index_elements=["id"])
    return write_sql(statement) + ";"


def _write_value(value: Any) -> Any:
    if value is None:
        return null()
    return literal(value, Text) if isinstance(value, str) else value
