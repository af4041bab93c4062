"""Leases: which worker has a run, and reclaiming the runs of a worker that is gone.

A worker is alive while its LISTEN connection holds an advisory lock of its own, which Postgres
drops within moments of the worker's death. Behind a pooler no session is a worker's own, and only
the lease's time tells.
"""

import os
import secrets
import socket
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import locks
from db.connection import Connection

_RENEW = text("""
    UPDATE runs SET lease_expires_at = clock_timestamp() + make_interval(secs => :lease_seconds)
    WHERE status = 'running' AND worker = :worker AND id = ANY(:run_ids)
""")

# An expired run's agent is due again from the run's first event, and has waited since then, so it
# goes first. The model call that was under way was never noted, and has cost what it cost.
_EXPIRE = """
    , expired AS (
        UPDATE runs SET status = 'expired', error = :error, finished_at = clock_timestamp(),
            attempts = attempts + 1
        WHERE status = 'running' AND ({condition})
        RETURNING thread_id, user_id, from_seq, started_at
    )
    UPDATE memberships m
    SET last_seen_seq = e.from_seq - 1,
        due_since = least(m.due_since, coalesce(first.inserted_at, e.started_at))
    FROM expired e
    LEFT JOIN events first ON first.thread_id = e.thread_id AND first.seq = e.from_seq
    WHERE m.thread_id = e.thread_id AND m.user_id = e.user_id
    RETURNING m.id
"""

_RECLAIM = text(
    f"""
    WITH working AS (
        SELECT DISTINCT worker FROM runs
        WHERE status = 'running' AND NOT starts_with(worker, :lockless)
    ), gone AS MATERIALIZED (
        SELECT worker FROM working WHERE {locks.is_gone("worker")}
    )"""
    + _EXPIRE.format(
        condition="lease_expires_at < clock_timestamp() OR worker IN (SELECT worker FROM gone)"
    )
)

_HAND_BACK = text(
    "WITH ours AS (SELECT CAST(:worker AS text) AS worker)"
    + _EXPIRE.format(condition="worker = (SELECT worker FROM ours)")
)


def make_worker_name(connection: Connection) -> str:
    """A unique name, which also says whether the worker can hold a lock."""
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    return locks.name_process(connection, name)


def renew_leases(
    session: Session, worker: str, run_ids: Sequence[UUID], lease_seconds: float
) -> None:
    """Extend the worker's leases of these runs."""
    values = {"worker": worker, "run_ids": run_ids, "lease_seconds": lease_seconds}
    session.execute(_RENEW, values)


def reclaim(session: Session) -> int:
    """Expire the runs of workers that are gone. Returns how many there were."""
    values = {"lockless": locks.LOCKLESS, "error": "its worker is gone"}
    return len(session.execute(_RECLAIM, values).all())


def hand_back(session: Session, worker: str) -> int:
    """Expire the worker's own runs, for others to take. Returns how many there were."""
    values = {"worker": worker, "error": "its worker was stopped"}
    return len(session.execute(_HAND_BACK, values).all())
