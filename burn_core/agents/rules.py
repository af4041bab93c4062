"""When each agent should speak. Pure: a thread's snapshot and its new events in, a verdict out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from burn_core.errors import BadAgent
from burn_core.events import Event, EventType
from burn_core.snapshot import Snapshot
from db.schema import Json

NewEvents = Sequence[Event]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Speak or be silent, why, and the numbers behind it."""

    speak: bool
    reason: str
    data: Json = field(default_factory=dict)


Rule = Callable[[Snapshot, UUID, NewEvents, Json], Verdict]


def should_instruct(
    rule: str, snapshot: Snapshot, agent_id: UUID, new_events: NewEvents, args: Json
) -> Verdict:
    """Ask the rule of that name. agent_id is the user whose turn it may be.

    Raises BadAgent if there is no such rule, or it can't use its arguments.
    """
    if rule not in RULES:
        raise BadAgent(f"There is no rule {rule!r}. The rules are: {', '.join(RULES)}.")
    try:
        return RULES[rule](snapshot, agent_id, new_events, args)
    except Exception as error:
        # Anybody can type odd arguments or events in psql. They stop this agent here, and no other.
        raise BadAgent(f"The rule {rule} can't judge this thread with {args}.") from error


def producer(snapshot: Snapshot, agent_id: UUID, new_events: NewEvents, args: Json) -> Verdict:
    """Speak after a person, and while the person last heard is hardly known."""
    events = [
        event
        for event in new_events
        if not is_tool_use(event, "do_nothing") and event.user_id not in snapshot.tapped_out
    ]
    if not events:
        return Verdict(False, "nothing happened", {"new_events": len(new_events)})
    newest = events[-1]
    if not snapshot.users[newest.user_id].is_agent:
        return Verdict(True, "a person spoke last", {"newest_seq": newest.seq})
    if not is_tool_use(newest, "extract_facts"):
        return Verdict(False, "an agent spoke last", {"newest_seq": newest.seq})
    min_facts = int(args["min_facts"])
    fewest = min((snapshot.fact_counts.get(s, 0) for s in _list_subjects(newest)), default=0)
    numbers = {"fewest_facts": fewest, "min_facts": min_facts}
    if fewest < min_facts:
        return Verdict(True, "little is known about somebody", numbers)
    return Verdict(False, "enough is known about them", numbers)


def opener(snapshot: Snapshot, agent_id: UUID, new_events: NewEvents, args: Json) -> Verdict:
    """Speak when there are enough facts, some of them new, and the last roast was somebody else's."""
    return _roast_unless(
        snapshot,
        agent_id,
        args,
        has_news=any(
            is_tool_use(event, "extract_facts") and event.seq > _seq_of(_find_roast(snapshot))
            for event in new_events
        ),
    )


def follow_up(snapshot: Snapshot, agent_id: UUID, new_events: NewEvents, args: Json) -> Verdict:
    """Speak after somebody else's roast, once there are new facts."""
    last_roast = _find_roast(snapshot)
    if last_roast is None and _has_opener(snapshot, agent_id):
        return Verdict(False, "nobody has been roasted yet")
    return _roast_unless(
        snapshot,
        agent_id,
        args,
        has_news=any(
            is_tool_use(event, "extract_facts")
            for event in snapshot.events_after(_seq_of(last_roast))
        ),
    )


RULES: dict[str, Rule] = {"producer": producer, "opener": opener, "follow_up": follow_up}


def is_tool_use(event: Event, name: str) -> bool:
    return event.type == EventType.TOOL_USE and event.data["name"] == name


def _roast_unless(snapshot: Snapshot, agent_id: UUID, args: Json, has_news: bool) -> Verdict:
    min_facts = int(args["min_facts"])
    people = snapshot.roles.keys() - snapshot.tapped_out
    most = max((c for s, c in snapshot.fact_counts.items() if s in people), default=0)
    numbers = {"most_facts": most, "min_facts": min_facts}
    if most < min_facts:
        return Verdict(False, "nobody is known well enough", numbers)
    last_roast = _find_roast(snapshot)
    if last_roast is not None and last_roast.user_id == agent_id:
        return Verdict(False, "the last roast was theirs", numbers)
    if not has_news:
        return Verdict(False, "no new facts since the last roast", numbers)
    return Verdict(True, "somebody is known well enough", numbers)


def _find_roast(snapshot: Snapshot) -> Event | None:
    return next((e for e in reversed(snapshot.events) if is_tool_use(e, "roast_user")), None)


def _seq_of(event: Event | None) -> int:
    return 0 if event is None else event.seq


def _has_opener(snapshot: Snapshot, agent_id: UUID) -> bool:
    return any(rule == "opener" for user, rule in snapshot.rules.items() if user != agent_id)


def _list_subjects(extract: Event) -> set[UUID]:
    facts: list[dict[str, Any]] = extract.data["input"]["facts"]
    return {UUID(fact["subject"]) for fact in facts}
