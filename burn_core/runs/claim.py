"""Claiming: take the agents that are due, ask their rules, and write a run for each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from burn_core.agents.roster import Agent
from burn_core.agents.rules import Verdict, should_instruct
from burn_core.errors import BadAgent, write_line
from burn_core.runs import circuit
from burn_core.runs.caps import Cap
from burn_core.runs.decision import Decision, Due, keep_one_probe, make_row
from burn_core.runs.spending import Held, find_near, hold_back, select_near, update_held
from burn_core.runs.status import Status
from burn_core.snapshot import Snapshot, load_facts, load_snapshots
from burn_core.tools import TOOLS
from db.connection import fetch_all

# Due agents, longest-waiting first, each in its version in force. Rows that another worker is
# claiming are skipped, and so are a thread that somebody has locked in psql, and an agent that pauses,
# whose last run hasn't ended, or whose model can't be reached.
_LOCK_DUE = text(f"""
    SELECT m.id, m.thread_id, m.last_seen_seq, c.id,
        a.id, a.user_id, a.version, a.prompt, a.tools, a.rule, a.rule_args, a.model
    FROM memberships m
    JOIN threads t ON t.id = m.thread_id AND t.status = 'started'
    JOIN LATERAL (
        SELECT * FROM agents WHERE user_id = m.user_id ORDER BY version DESC LIMIT 1
    ) AS a ON true {circuit.JOIN_OPEN}
    WHERE m.due_since IS NOT NULL AND (m.wakes_at IS NULL OR m.wakes_at <= now()) AND NOT EXISTS (
        SELECT FROM runs r
        WHERE r.thread_id = m.thread_id AND r.user_id = m.user_id AND r.status = 'running'
    ) AND {circuit.IS_LET_THROUGH}
    ORDER BY m.due_since
    LIMIT :limit
    FOR UPDATE OF m SKIP LOCKED
    FOR KEY SHARE OF t SKIP LOCKED
""")

# The claim's commit doesn't wait for the disk. If a crash of Postgres undoes it, the agents are
# still due, and the outcome of a run, whose commit does wait, finds no run to end.
_COMMIT_WITHOUT_WAITING = text("SELECT set_config('synchronous_commit', 'off', true)")

# A run for each decision, and the agent has read that far. If another run of the agent began
# between our check and our lock, or another worker probes the circuit, neither is written, and the
# agent stays due. A failed one hands its events back (db/pauses.sql).
_WRITE_DECISIONS = text(f"""
    WITH decided AS (
        SELECT * FROM jsonb_to_recordset(CAST(:decisions AS jsonb)) AS d(
            id uuid, membership_id uuid, circuit_id uuid, thread_id uuid, user_id uuid, agent_id uuid,
            from_seq int, to_seq int, status text, reason text, reason_data jsonb,
            error text, model text, charged_to uuid)
    ), written AS (
        INSERT INTO runs (id, thread_id, user_id, agent_id, from_seq, to_seq, status, reason,
            reason_data, error, model, charged_to, worker, lease_expires_at, finished_at)
        SELECT id, thread_id, user_id, agent_id, from_seq, to_seq, status, reason,
            reason_data, error, model, charged_to, :worker,
            CASE WHEN status = 'running'
                THEN clock_timestamp() + make_interval(secs => :lease_seconds) END,
            CASE WHEN status <> 'running' THEN clock_timestamp() END
        FROM decided d
        WHERE from_seq <= to_seq AND {circuit.IS_ALLOWED}
        ON CONFLICT DO NOTHING
        RETURNING id, thread_id, user_id
    ), read AS (
        UPDATE memberships m SET last_seen_seq = d.to_seq, due_since = NULL, wakes_at = NULL,
            waits_for = NULL, failures = CASE d.status WHEN 'silent' THEN 0 ELSE m.failures END
        FROM decided d
        WHERE m.id = d.membership_id AND (d.from_seq > d.to_seq OR EXISTS (
            SELECT FROM written w WHERE w.thread_id = d.thread_id AND w.user_id = d.user_id))
    )
    SELECT thread_id, user_id, id FROM written
""")


@dataclass(frozen=True, slots=True)
class Claim:
    """A run for this worker to execute: the agent, and the thread as it is now."""

    run_id: UUID
    agent: Agent
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Claims:
    """What one round of claiming gave."""

    runs: Sequence[Claim] = ()
    snapshots: Mapping[UUID, Snapshot] = field(default_factory=dict)
    due: int = 0  # how many agents were due, including those that stay silent
    near: frozenset[UUID] | None = None  # whose spending is near a cap, or None for everybody's


def claim(
    session: Session,
    worker: str,
    limit: int,
    lease_seconds: float,
    known: Mapping[UUID, Snapshot],
    default_model: str,
    endpoint: str = "",
    caps: Sequence[Cap] = (),
    near: frozenset[UUID] | None = None,
) -> Claims:
    """Take up to limit due agents, oldest first, and write a run for each.

    known are snapshots from earlier rounds, by thread id: only newer events are read. endpoint is
    where the worker asks models. Agents that meet a cap, or have to wait for a circuit, stay due;
    near is who was near a cap when it was last looked for, or None to look for them.
    """
    locking = {"limit": limit, "default_model": default_model, "endpoint": endpoint}
    rows, *spent = fetch_all(session, (_LOCK_DUE, locking), *select_near(caps, near))
    due = [_read_due(*row) for row in rows]
    now_near = find_near(caps, *spent) if spent else near
    if not due:
        return Claims(near=now_near)
    snapshots = load_snapshots(session, {each.thread_id for each in due}, known)
    decisions = [_decide(each, snapshots[each.thread_id]) for each in due]
    decisions, held = hold_back(decisions, caps, *spent) if caps else (decisions, [])
    decisions = keep_one_probe(decisions)
    run_ids = _write(session, decisions, held, worker, lease_seconds, default_model)
    runs = [
        Claim(run_ids[each.key], each.due.agent, _load_for_tools(session, each))
        for each in decisions
        if each.status == Status.RUNNING and each.key in run_ids
    ]
    return Claims(runs, snapshots, len(due), now_near)


def _read_due(
    membership_id: UUID, thread_id: UUID, last_seen_seq: int, circuit_id: UUID | None, *agent: Any
) -> Due:
    return Due(membership_id, thread_id, last_seen_seq, circuit_id, Agent(*agent))


def _decide(due: Due, snapshot: Snapshot) -> Decision:
    agent = due.agent
    try:
        verdict = should_instruct(
            agent.rule,
            snapshot,
            agent.user_id,
            snapshot.events_after(due.last_seen_seq),
            agent.rule_args,
        )
    except BadAgent as error:
        verdict = Verdict(False, "its rule can't be used")
        return Decision(due, snapshot, Status.FAILED, verdict, write_line(error))
    return Decision(due, snapshot, Status.RUNNING if verdict.speak else Status.SILENT, verdict)


def _load_for_tools(session: Session, decision: Decision) -> Snapshot:
    """The snapshot, with the facts if a tool of the agent's checks them."""
    tools = (TOOLS[name] for name in decision.due.agent.tools if name in TOOLS)
    needs_facts = any(tool.checks_facts for tool in tools)
    return load_facts(session, decision.snapshot) if needs_facts else decision.snapshot


def _write(
    session: Session,
    decisions: Sequence[Decision],
    held: Sequence[Held],
    worker: str,
    lease_seconds: float,
    default_model: str,
) -> dict[tuple[UUID, UUID], UUID]:
    """The ids of the runs written, by thread and agent."""
    rows = [make_row(each, default_model) for each in decisions]
    values = {"decisions": json.dumps(rows), "worker": worker, "lease_seconds": lease_seconds}
    probes = {each.probes: each.run_id for each in decisions if each.probes is not None}
    *_, written = fetch_all(
        session,
        (_COMMIT_WITHOUT_WAITING, {}),
        *update_held(held),
        *circuit.update_probes(probes),
        (_WRITE_DECISIONS, values),
    )
    return {(thread_id, user_id): run_id for thread_id, user_id, run_id in written}
