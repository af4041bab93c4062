"""Whether everything that Burn needs is running, and how busy it is. For operators."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.connection import WORKER
from db.roles import Part, derive_role

# Without roles of their own, workers connect as Burn's, and only their name tells.
_HAS_WORKERS = text("""
    SELECT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND (usename = :role OR application_name = :name)
    )
""")
_MEASURE = text("""
    SELECT
        count(*), coalesce(extract(epoch FROM clock_timestamp() - min(m.due_since)), 0)::float,
        (SELECT count(*) FROM visits)
    FROM memberships m JOIN threads t ON t.id = m.thread_id AND t.status = 'started'
    WHERE m.due_since IS NOT NULL AND (m.wakes_at IS NULL OR m.wakes_at <= now())
""")


@dataclass(frozen=True, slots=True)
class Load:
    """due: agents that have events to read, and neither pause nor wait for a cap.

    waiting_seconds: how long the first of them has waited.
    """

    due: int
    waiting_seconds: float
    visits: int


def has_workers(session: Session, cookie_key: str) -> bool:
    """Whether a worker is connected to the database."""
    values = {"role": derive_role(cookie_key, Part.WORKER).name, "name": WORKER}
    return bool(session.execute(_HAS_WORKERS, values).scalar_one())


def measure_load(session: Session) -> Load:
    return Load(*session.execute(_MEASURE).one())
