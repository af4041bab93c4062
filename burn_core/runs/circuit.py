"""Circuits: a model's endpoint that is dead or busy, or refuses Burn's key or model, is left alone, but
for one probe at a time.

The endpoint's row counts its failures in a row. After MOST_FAILURES of them, or the first refusal, the
circuit is open: agents that would ask there stay due and aren't claimed, except that now and then one run is let
through to probe. The first answer deletes the row, and everybody goes on.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.connection import Query

MOST_FAILURES = 5
_PROBE_SECONDS = 30.0

# For claims: the open circuit c of an agent a, and whether the agent may be claimed all the same.
JOIN_OPEN = """
    LEFT JOIN circuits c ON c.opened_at IS NOT NULL
        AND c.endpoint = :endpoint AND c.model = coalesce(a.model, :default_model)
"""
IS_LET_THROUGH = """
    (c.id IS NULL OR (c.probe_at <= now() AND NOT EXISTS (
        SELECT FROM runs WHERE id = c.probe_id AND status = 'running')))
"""
# Whether a decision d may become a run: it probes no circuit, or this is the circuit's probe.
IS_ALLOWED = """
    (d.circuit_id IS NULL OR EXISTS (
        SELECT FROM circuits WHERE id = d.circuit_id AND probe_id = d.id))
"""
# Circuits that another worker is about to probe are skipped.
_PROBE = text(f"""
    UPDATE circuits SET probe_id = probe.run_id,
        probe_at = clock_timestamp() + make_interval(secs => {_PROBE_SECONDS})
    FROM unnest(:circuit_ids, :run_ids) AS probe(circuit_id, run_id)
    WHERE id = probe.circuit_id AND id IN (
        SELECT id FROM circuits WHERE id = ANY(:circuit_ids) AND probe_at <= now()
        FOR UPDATE SKIP LOCKED)
    RETURNING id
""")
_REPORT = text(f"""
    INSERT INTO circuits AS c (endpoint, model, is_default, opened_at, probe_at)
    VALUES (:endpoint, :model, :is_default, CASE WHEN :most_failures = 1 THEN clock_timestamp() END,
        CASE WHEN :most_failures = 1
            THEN clock_timestamp() + make_interval(secs => {_PROBE_SECONDS}) END)
    ON CONFLICT (endpoint, model) DO UPDATE SET
        is_default = c.is_default OR EXCLUDED.is_default,
        failures = c.failures + 1,
        opened_at = coalesce(c.opened_at,
            CASE WHEN c.failures + 1 >= :most_failures THEN clock_timestamp() END),
        probe_at = coalesce(c.probe_at, CASE WHEN c.failures + 1 >= :most_failures
            THEN clock_timestamp() + make_interval(secs => {_PROBE_SECONDS}) END)
    RETURNING opened_at IS NOT NULL
""")
_IS_OPEN = text("""
    SELECT opened_at IS NOT NULL FROM circuits WHERE endpoint = :endpoint AND model = :model
""")
# The agent is claimed once the circuit is closed. Its own failures aren't to blame.
_WAIT = text("""
    UPDATE memberships m SET wakes_at = NULL, failures = m.failures - 1
    FROM runs r
    WHERE r.id = :run_id AND m.thread_id = r.thread_id AND m.user_id = r.user_id
        AND m.failures > 0
""")
# The statement that ends a run which is done does it too (outcome.py).
_CLOSE = text("DELETE FROM circuits WHERE endpoint = :endpoint AND model = :asked_model")


def update_probes(probes: Mapping[UUID, UUID]) -> list[Query]:
    """The statement that lets these runs probe these circuits, unless others do it already."""
    values = {"circuit_ids": list(probes), "run_ids": list(probes.values())}
    return [(_PROBE, values)] if probes else []


def report_failure(
    session: Session, endpoint: str, model: str, is_default: bool, most_failures: int
) -> bool:
    """Count a failure. Returns whether the circuit is open: after most_failures it is."""
    values = {
        "endpoint": endpoint,
        "model": model,
        "is_default": is_default,
        "most_failures": most_failures,
    }
    return session.execute(_REPORT, values).scalar_one() is True


def is_open(session: Session, endpoint: str, model: str) -> bool:
    return session.scalar(_IS_OPEN, {"endpoint": endpoint, "model": model}) is True


def wait_until_closed(session: Session, run_id: UUID) -> None:
    """Let the agent of a failed run wait for the circuit, and not for a pause of its own."""
    session.execute(_WAIT, {"run_id": run_id})


def close(session: Session, endpoint: str, model: str) -> None:
    """The endpoint has answered."""
    session.execute(_CLOSE, {"endpoint": endpoint, "asked_model": model})
