"""Postgres' advisory locks with their keys, and the order in which rows are locked.

A process holds a lock of its own for as long as it lives: Postgres drops a session's advisory
locks within moments of the end of its connection. Whoever gets a process's lock knows that the
process is gone.

Rows are locked in one order, or two transactions could wait for each other: a run, then its
thread, then the thread's memberships. A new event locks its thread's row (rules.sql), so whoever
changes memberships appends the event first.
"""

from enum import IntEnum

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from db import connection


class Turn(IntEnum):
    """What only one process does at a time. The numbers are Burn's own, in this database."""

    MIGRATE = 0x6275726E
    SET_UP_READ_ONLY_ROLE = 0x72656164
    CHOOSE_HOSTS = 0x686F7374


def take_turn(transaction: Connection | Session, turn: Turn) -> None:
    """Wait until nobody else is at it, and keep others waiting until the transaction ends."""
    transaction.execute(select(func.pg_advisory_xact_lock(turn)))


def hold_liveness_lock(connection: connection.Connection, name: str) -> None:
    """Hold the lock of the process of that name for as long as the connection lives.

    Waits for the end of an earlier connection of the same process that Postgres believes alive.
    """
    connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])


def is_gone(column: str) -> str:
    """The SQL condition that the process whose name is in the column is gone."""
    return f"pg_try_advisory_xact_lock(hashtextextended({column}, 0))"
