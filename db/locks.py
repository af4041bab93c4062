"""Postgres' advisory locks with their keys, and the order in which rows are locked.

A process holds a lock of its own for as long as it lives: Postgres releases a session's advisory
locks within moments of its connection's end. If another process can get that lock, the first one
is gone. Behind a pooler no session is a process's own: there its name says that it holds no lock, and
only the time of its last sign of life tells.

Rows that exist are locked in one order, or two transactions could wait for each other: a run, then
its thread, then the thread's memberships, then circuits. A new event locks its thread's row (rules.sql), so code
that changes or deletes a membership appends the event first. Claims lock memberships, circuits
and (shared) threads, and skip those that are locked. New rows hold up nobody.
"""

from enum import IntEnum

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from db import connection

# How the name of a process begins that holds no lock.
LOCKLESS = "leased:"


class SoleTask(IntEnum):
    """What only one process does at a time. The keys are Burn's own, within one database."""

    MIGRATE = 0x6275726E
    SET_UP_ROLES = 0x72656164
    CHOOSE_HOSTS = 0x686F7374


def lock_task(transaction: Connection | Session, task: SoleTask) -> None:
    """Wait until nobody else does it, and keep others waiting until the transaction ends."""
    transaction.execute(select(func.pg_advisory_xact_lock(task)))


def name_process(connection: connection.Connection, name: str) -> str:
    """The name by which other processes know whether this one is alive."""
    return LOCKLESS + name if connection.is_pooled else name


def hold_liveness_lock(connection: connection.Connection, name: str) -> None:
    """Hold the lock of the process of that name for as long as the connection lives, if it can.

    Waits some seconds while Postgres still believes in an earlier connection of the same process.
    """
    if not name.startswith(LOCKLESS):
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])


def is_gone(column: str) -> str:
    """An SQL condition: the process named in the column is gone.

    A lock counts as life only if it isn't held by a role that anybody can type statements as.
    """
    key = f"hashtextextended({column}, 0)"
    return f"""NOT EXISTS (
        SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND l.classid = (({key} >> 32) & 4294967295)::oid
            AND l.objid = ({key} & 4294967295)::oid
            AND a.usename !~ '^burn_(console|reader|notebook)_'
    )"""
