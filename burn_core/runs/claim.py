"""Claiming: which agents are due, what their rules say, and a run for each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Uuid, column, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from burn_core.agents.roster import Agent, load_agents
from burn_core.agents.rules import Verdict, should_instruct
from burn_core.errors import BadAgent
from burn_core.runs.status import Status
from burn_core.snapshot import Snapshot, load_snapshots
from db import schema


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this worker has to make: the agent, and the thread as it is now."""

    run_id: UUID
    agent: Agent
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Claims:
    """What one round of claiming gave."""

    runs: Sequence[Claim] = ()
    snapshots: Mapping[UUID, Snapshot] = field(default_factory=dict)
    due: int = 0  # how many agents were due, those that stay silent included


@dataclass(frozen=True, slots=True)
class _Due:
    """An agent's membership that has new events to read."""

    id: UUID
    thread_id: UUID
    user_id: UUID
    last_seen_seq: int


@dataclass(frozen=True, slots=True)
class _Decision:
    """What is to become of an agent that was due."""

    agent: Agent
    snapshot: Snapshot
    from_seq: int
    status: Status
    verdict: Verdict
    error: str | None = None


def claim(
    session: Session,
    worker: str,
    limit: int,
    lease_seconds: float,
    known: Mapping[UUID, Snapshot],
    default_model: str,
) -> Claims:
    """Take up to limit due agents, oldest first, and write a run for each.

    Agents that another worker is claiming are skipped. known are snapshots from earlier rounds,
    by thread id, of which only what came since is read.
    """
    due = _lock_due(session, limit)
    if not due:
        return Claims()
    snapshots = load_snapshots(session, {d.thread_id: known.get(d.thread_id) for d in due})
    agents = load_agents(session, {d.user_id for d in due})
    decisions = {
        (d.thread_id, d.user_id): _decide(agents[d.user_id], snapshots[d.thread_id], d)
        for d in due
        if snapshots[d.thread_id].seq > d.last_seen_seq
    }
    run_ids = _write_runs(session, decisions.values(), worker, lease_seconds, default_model)
    blocked = decisions.keys() - run_ids.keys()
    _mark_read(
        session,
        {d.id: snapshots[d.thread_id].seq for d in due if (d.thread_id, d.user_id) not in blocked},
    )
    runs = [
        Claim(run_ids[key], decision.agent, decision.snapshot)
        for key, decision in decisions.items()
        if decision.status == Status.RUNNING and key in run_ids
    ]
    return Claims(runs, snapshots, len(due))


def _lock_due(session: Session, limit: int) -> list[_Due]:
    membership, run = schema.Membership, schema.Run
    is_running = exists().where(
        run.thread_id == membership.thread_id,
        run.user_id == membership.user_id,
        run.status == Status.RUNNING,
    )
    is_defined = exists().where(schema.Agent.user_id == membership.user_id)
    rows = session.execute(
        select(membership.id, membership.thread_id, membership.user_id, membership.last_seen_seq)
        .join(schema.Thread)
        .where(
            membership.due_since.is_not(None),
            schema.Thread.status == "started",
            is_defined,
            ~is_running,
        )
        .order_by(membership.due_since)
        .limit(limit)
        .with_for_update(of=membership, skip_locked=True)
    )
    return [_Due(*row) for row in rows]


def _decide(agent: Agent, snapshot: Snapshot, due: _Due) -> _Decision:
    new_events = snapshot.events_after(due.last_seen_seq)
    from_seq = due.last_seen_seq + 1
    try:
        verdict = should_instruct(agent.rule, snapshot, agent.user_id, new_events, agent.rule_args)
    except BadAgent as error:
        verdict = Verdict(False, "its rule can't be used")
        return _Decision(agent, snapshot, from_seq, Status.FAILED, verdict, str(error))
    status = Status.RUNNING if verdict.speak else Status.SILENT
    return _Decision(agent, snapshot, from_seq, status, verdict)


def _write_runs(
    session: Session,
    decisions: Collection[_Decision],
    worker: str,
    lease_seconds: float,
    default_model: str,
) -> dict[tuple[UUID, UUID], UUID]:
    """The ids of the runs written, by thread and agent.

    One is missing where a run has begun between our looking for running ones and our lock.
    """
    if not decisions:
        return {}
    rows = [
        {
            "thread_id": d.snapshot.thread_id,
            "user_id": d.agent.user_id,
            "agent_id": d.agent.id,
            "from_seq": d.from_seq,
            "to_seq": d.snapshot.seq,
            "status": d.status,
            "reason": d.verdict.reason,
            "reason_data": d.verdict.data,
            "error": d.error,
            "worker": worker,
            "model": (d.agent.model or default_model) if d.verdict.speak else None,
            "lease_expires_at": lease_end(lease_seconds) if d.verdict.speak else None,
            "finished_at": None if d.verdict.speak else func.clock_timestamp(),
        }
        for d in decisions
    ]
    inserted = session.execute(
        insert(schema.Run)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(schema.Run.thread_id, schema.Run.user_id, schema.Run.id)
    )
    return {(thread_id, user_id): run_id for thread_id, user_id, run_id in inserted}


def lease_end(lease_seconds: float) -> object:
    """When a lease that is taken now runs out, in the database's time."""
    return func.clock_timestamp() + timedelta(seconds=lease_seconds)


def _mark_read(session: Session, seqs: Mapping[UUID, int]) -> None:
    """The agents have read up to the seq: they are due no more."""
    read = (
        func.unnest(literal(list(seqs), ARRAY(Uuid)), literal(list(seqs.values()), ARRAY(Integer)))
        .table_valued(column("id", Uuid), column("seq", Integer), name="read")
        .render_derived()
    )
    session.execute(
        update(schema.Membership)
        .where(schema.Membership.id == read.c.id)
        .values(last_seen_seq=read.c.seq, due_since=None)
        .execution_options(synchronize_session=False)
    )
