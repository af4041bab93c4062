"""Leases: who is on a run, and taking over from a worker that is gone.

A worker is alive while its LISTEN connection holds an advisory lock of its own: Postgres drops
it within moments of the worker's death. Where a pooler stands between, no session is a worker's
own, and only the time on the lease tells.
"""

import os
import secrets
import socket
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlalchemy.orm import Session

from burn_core.errors import LeaseLost
from burn_core.runs.status import Status
from db import schema
from db.connection import Connection

_NO_LOCK = "leased:"
_HOLD = text("""
    SELECT FROM runs WHERE id = :run_id AND status = 'running' AND worker = :worker FOR UPDATE
""")


def make_worker_name(connection: Connection) -> str:
    """A name that no other worker has. It tells whether the worker can hold a lock."""
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    is_direct = row is not None and row[0] == connection.info.backend_pid
    return name if is_direct else _NO_LOCK + name


def show_alive(connection: Connection, worker: str) -> None:
    """Hold the worker's lock for as long as the connection lives.

    Waits for the end of an earlier connection of the same worker that Postgres believes alive.
    """
    if not worker.startswith(_NO_LOCK):
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [worker])


def renew_leases(session: Session, worker: str, lease_seconds: float) -> None:
    """Prolong all of the worker's leases."""
    session.execute(
        update(schema.Run)
        .where(schema.Run.status == Status.RUNNING, schema.Run.worker == worker)
        .values(lease_expires_at=func.clock_timestamp() + timedelta(seconds=lease_seconds))
    )


def hold_lease(session: Session, run_id: UUID, worker: str) -> None:
    """Lock the run until the transaction ends. Raises LeaseLost if it is no longer ours."""
    if session.execute(_HOLD, {"run_id": run_id, "worker": worker}).first() is None:
        raise LeaseLost(f"Run {run_id} is no longer this worker's.")


def reclaim(session: Session) -> int:
    """Expire the runs of workers that are gone. Returns how many there were."""
    running = (
        select(schema.Run.worker)
        .where(schema.Run.status == Status.RUNNING, ~schema.Run.worker.startswith(_NO_LOCK))
        .distinct()
        .subquery()
    )
    # Whoever gets a worker's lock knows that the worker no longer holds it.
    gone = (
        select(running.c.worker)
        .where(func.pg_try_advisory_xact_lock(func.hashtextextended(running.c.worker, 0)))
        .cte("gone")
        .prefix_with("MATERIALIZED")
    )
    return _expire(
        session,
        or_(
            schema.Run.worker.in_(select(gone.c.worker)),
            schema.Run.lease_expires_at < func.clock_timestamp(),
        ),
        "its worker is gone",
    )


def hand_back(session: Session, worker: str) -> int:
    """Expire the worker's own runs, so that others make them. Returns how many there were."""
    return _expire(session, schema.Run.worker == worker, "its worker was stopped")


def _expire(session: Session, condition: ColumnElement[bool], error: str) -> int:
    """End the runs, and make their agents due from where they stood."""
    expired = (
        update(schema.Run)
        .where(schema.Run.status == Status.RUNNING, condition)
        .values(status=Status.EXPIRED, error=error, finished_at=func.clock_timestamp())
        .returning(schema.Run.thread_id, schema.Run.user_id, schema.Run.from_seq)
        .cte("expired")
    )
    due = (
        update(schema.Membership)
        .where(
            schema.Membership.thread_id == expired.c.thread_id,
            schema.Membership.user_id == expired.c.user_id,
        )
        .values(
            last_seen_seq=expired.c.from_seq - 1,
            due_since=func.coalesce(schema.Membership.due_since, func.clock_timestamp()),
        )
        .returning(schema.Membership.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.execute(due).all())
