"""Postgres' advisory locks with their keys, and the order in which rows are locked.

A process holds a lock of its own for as long as it lives: Postgres releases a session's advisory
locks within moments of its connection's end. If another process can get that lock, the first one
is gone.

Rows are locked in one order, or two transactions could wait for each other: a run, then its
thread, then the thread's memberships. A new event locks its thread's row (rules.sql), so code that
changes memberships appends the event first.
"""

from enum import IntEnum

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from db import connection


class Turn(IntEnum):
    """Things that one process at a time does. The keys are Burn's own, within one database."""

    MIGRATE = 0x6275726E
    SET_UP_READ_ONLY_ROLE = 0x72656164
    CHOOSE_HOSTS = 0x686F7374


def take_turn(transaction: Connection | Session, turn: Turn) -> None:
    """Wait for your turn, and keep others waiting until the transaction ends."""
    transaction.execute(select(func.pg_advisory_xact_lock(turn)))


def hold_liveness_lock(connection: connection.Connection, name: str) -> None:
    """Hold the lock of the process of that name for as long as the connection lives.

    Waits while Postgres still believes in an earlier connection of the same process.
    """
    connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])


def is_gone(column: str) -> str:
    """An SQL condition: the process named in the column is gone."""
    return f"pg_try_advisory_xact_lock(hashtextextended({column}, 0))"
