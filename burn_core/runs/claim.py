"""Claiming: take the agents that are due, ask their rules, and write a run for each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from burn_core.agents.roster import Agent
from burn_core.agents.rules import Verdict, should_instruct
from burn_core.errors import BadAgent
from burn_core.runs.status import Status
from burn_core.snapshot import Snapshot, load_facts, load_snapshots
from burn_core.tools import TOOLS
from db.connection import fetch_all
from db.schema import Json

# Due agents, longest-waiting first, each in its version in force. Rows that another worker is
# claiming are skipped, and so is an agent whose last run hasn't ended.
_LOCK_DUE = text("""
    SELECT m.id, m.thread_id, m.last_seen_seq,
        a.id, a.user_id, a.version, a.prompt, a.tools, a.rule, a.rule_args, a.model
    FROM memberships m
    JOIN threads t ON t.id = m.thread_id AND t.status = 'started'
    JOIN LATERAL (
        SELECT * FROM agents WHERE user_id = m.user_id ORDER BY version DESC LIMIT 1
    ) AS a ON true
    WHERE m.due_since IS NOT NULL AND NOT EXISTS (
        SELECT FROM runs r
        WHERE r.thread_id = m.thread_id AND r.user_id = m.user_id AND r.status = 'running'
    )
    ORDER BY m.due_since
    LIMIT :limit
    FOR UPDATE OF m SKIP LOCKED
""")

# The claim's commit doesn't wait for the disk. If a crash of Postgres undoes it, the agents are
# still due, and the outcome of a run, whose commit does wait, finds no run to end.
_COMMIT_WITHOUT_WAITING = text("SELECT set_config('synchronous_commit', 'off', true)")

# A run for each decision, and the agent has read that far. If another run of the agent began
# between our check and our lock, neither is written, and the agent stays due.
_WRITE_DECISIONS = text("""
    WITH decided AS (
        SELECT * FROM jsonb_to_recordset(CAST(:decisions AS jsonb)) AS d(
            membership_id uuid, thread_id uuid, user_id uuid, agent_id uuid,
            from_seq int, to_seq int, status text, reason text, reason_data jsonb,
            error text, model text)
    ), written AS (
        INSERT INTO runs (thread_id, user_id, agent_id, from_seq, to_seq, status, reason,
            reason_data, error, model, worker, lease_expires_at, finished_at)
        SELECT thread_id, user_id, agent_id, from_seq, to_seq, status, reason,
            reason_data, error, model, :worker,
            CASE WHEN status = 'running'
                THEN clock_timestamp() + make_interval(secs => :lease_seconds) END,
            CASE WHEN status <> 'running' THEN clock_timestamp() END
        FROM decided
        WHERE from_seq <= to_seq
        ON CONFLICT DO NOTHING
        RETURNING id, thread_id, user_id
    ), read AS (
        UPDATE memberships m SET last_seen_seq = d.to_seq, due_since = NULL
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


@dataclass(frozen=True, slots=True)
class _Due:
    """An agent that has events to read in a thread."""

    membership_id: UUID
    thread_id: UUID
    last_seen_seq: int
    agent: Agent


@dataclass(frozen=True, slots=True)
class _Decision:
    """What a due agent's rule decided."""

    due: _Due
    snapshot: Snapshot
    status: Status
    verdict: Verdict
    error: str | None = None

    @property
    def key(self) -> tuple[UUID, UUID]:
        return self.due.thread_id, self.due.agent.user_id


def claim(
    session: Session,
    worker: str,
    limit: int,
    lease_seconds: float,
    known: Mapping[UUID, Snapshot],
    default_model: str,
) -> Claims:
    """Take up to limit due agents, oldest first, and write a run for each.

    known are snapshots from earlier rounds, by thread id: only newer events are read.
    """
    due = _lock_due(session, limit)
    if not due:
        return Claims()
    snapshots = load_snapshots(session, {each.thread_id for each in due}, known)
    decisions = [_decide(each, snapshots[each.thread_id]) for each in due]
    run_ids = _write(session, decisions, worker, lease_seconds, default_model)
    runs = [
        Claim(run_ids[each.key], each.due.agent, _load_for_tools(session, each))
        for each in decisions
        if each.status == Status.RUNNING and each.key in run_ids
    ]
    return Claims(runs, snapshots, len(due))


def _lock_due(session: Session, limit: int) -> list[_Due]:
    (rows,) = fetch_all(session, (_LOCK_DUE, {"limit": limit}))
    return [
        _Due(membership_id, thread_id, last_seen_seq, Agent(*agent))
        for membership_id, thread_id, last_seen_seq, *agent in rows
    ]


def _decide(due: _Due, snapshot: Snapshot) -> _Decision:
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
        return _Decision(due, snapshot, Status.FAILED, verdict, str(error))
    return _Decision(due, snapshot, Status.RUNNING if verdict.speak else Status.SILENT, verdict)


def _load_for_tools(session: Session, decision: _Decision) -> Snapshot:
    """The snapshot, with the facts if a tool of the agent's checks them."""
    tools = (TOOLS[name] for name in decision.due.agent.tools if name in TOOLS)
    needs_facts = any(tool.checks_facts for tool in tools)
    return load_facts(session, decision.snapshot) if needs_facts else decision.snapshot


def _write(
    session: Session,
    decisions: Sequence[_Decision],
    worker: str,
    lease_seconds: float,
    default_model: str,
) -> dict[tuple[UUID, UUID], UUID]:
    """The ids of the runs written, by thread and agent."""
    rows = [_make_row(each, default_model) for each in decisions]
    values = {"decisions": json.dumps(rows), "worker": worker, "lease_seconds": lease_seconds}
    _, written = fetch_all(session, (_COMMIT_WITHOUT_WAITING, {}), (_WRITE_DECISIONS, values))
    return {(thread_id, user_id): run_id for thread_id, user_id, run_id in written}


def _make_row(decision: _Decision, default_model: str) -> Json:
    """The decision as _WRITE_DECISIONS reads it."""
    due, verdict = decision.due, decision.verdict
    return {
        "membership_id": str(due.membership_id),
        "thread_id": str(due.thread_id),
        "user_id": str(due.agent.user_id),
        "agent_id": str(due.agent.id),
        "from_seq": due.last_seen_seq + 1,
        "to_seq": decision.snapshot.seq,
        "status": decision.status,
        "reason": verdict.reason,
        "reason_data": verdict.data,
        "error": decision.error,
        "model": (due.agent.model or default_model) if verdict.speak else None,
    }
