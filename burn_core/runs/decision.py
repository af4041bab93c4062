"""What a claim decides about each due agent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID, uuid4

from burn_core.agents.roster import Agent
from burn_core.agents.rules import Verdict
from burn_core.events import EventType
from burn_core.runs.status import Status
from burn_core.snapshot import Snapshot
from db.schema import Json


@dataclass(frozen=True, slots=True)
class Due:
    """An agent that has events to read in a thread."""

    membership_id: UUID
    thread_id: UUID
    last_seen_seq: int
    circuit_id: UUID | None  # of the open circuit to its model, if it may probe it
    agent: Agent


@dataclass(frozen=True, slots=True)
class Decision:
    """What a due agent's rule decided."""

    due: Due
    snapshot: Snapshot
    status: Status
    verdict: Verdict
    error: str | None = None
    run_id: UUID = field(default_factory=uuid4)

    @property
    def key(self) -> tuple[UUID, UUID]:
        return self.due.thread_id, self.due.agent.user_id

    @property
    def probes(self) -> UUID | None:
        """The circuit that its model call would probe."""
        return self.due.circuit_id if self.status == Status.RUNNING else None

    @property
    def charged_to(self) -> UUID | None:
        """The person who wrote the newest text of the thread. While nobody has written, the one who
        last did anything, such as joining.
        """
        events, users = self.snapshot.events, self.snapshot.users
        texts = (e.user_id for e in reversed(events) if e.type == EventType.TEXT)
        others = (e.user_id for e in reversed(events) if not users[e.user_id].is_agent)
        return next(chain(texts, others), None)


def keep_one_probe(decisions: Sequence[Decision]) -> list[Decision]:
    """Only the first of those that probe the same circuit. The other agents stay due."""
    probes: set[UUID | None] = set()
    kept = []
    for each in decisions:
        if each.probes is None or each.probes not in probes:
            kept.append(each)
        probes.add(each.probes)
    return kept


def make_row(decision: Decision, default_model: str) -> Json:
    """The decision as claim.py writes it."""
    due, verdict, payer = decision.due, decision.verdict, decision.charged_to
    return {
        "id": str(decision.run_id),
        "membership_id": str(due.membership_id),
        "circuit_id": None if decision.probes is None else str(decision.probes),
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
        "charged_to": str(payer) if verdict.speak and payer else None,
    }
