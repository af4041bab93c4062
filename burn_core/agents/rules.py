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
        raise BadAgent(f"The rule {rule} can't judge this thread with its rule_args.") from error


def producer(snapshot: Snapshot, agent_id: UUID, new_events: NewEvents, args: Json) -> Verdict:
    """Speak after a person's words or arrival, after hearsay, and while the person last heard is hardly
    known.

    What people say while the agent thinks is new to it, and comes before its own words. A thread that it
    has never read is different: what came before an agent's words there was answered.
    """
    arrivals = _find_arrivals(snapshot, new_events)
    events = [event for event in new_events if _counts(snapshot, event, arrivals)]
    if not events:
        return Verdict(False, "nothing happened", {"new_events": len(new_events)})
    newest = events[-1]
    heard = [event for event in events if not snapshot.users[event.user_id].is_agent]
    has_read = new_events[0].seq > 1
    if heard and (has_read or heard[-1] is newest):
        did = "arrived" if heard[-1].seq in arrivals else "spoke"
        when = "last" if heard[-1] is newest else "meanwhile"
        return Verdict(True, f"a person {did} {when}", {"newest_seq": heard[-1].seq})
    if not is_tool_use(newest, "extract_facts"):
        return Verdict(False, "an agent spoke last", {"newest_seq": newest.seq})
    if newest.data.get("hearsay"):
        return Verdict(True, "somebody said something about somebody else")
    min_facts = int(args["min_facts"])
    fewest = min((snapshot.fact_counts.get(s, 0) for s in _list_subjects(newest)), default=0)
    numbers = {"fewest_facts": fewest, "min_facts": min_facts}
    if fewest < min_facts:
        return Verdict(True, "little is known about somebody", numbers)
    return Verdict(False, "enough is known about them", numbers)


def opener(snapshot: Snapshot, agent_id: UUID, new_events: NewEvents, args: Json) -> Verdict:
    """Speak when there are enough facts, some since the last roast, which was somebody else's.

    Those facts needn't be new to this run: a run that failed mustn't lose them.
    """
    return _roast(snapshot, agent_id, args)


def follow_up(snapshot: Snapshot, agent_id: UUID, new_events: NewEvents, args: Json) -> Verdict:
    """The same, but only after somebody has been roasted, unless there is no opener."""
    if _find_roast(snapshot) is None and _has_opener(snapshot, agent_id):
        return Verdict(False, "nobody has been roasted yet")
    return _roast(snapshot, agent_id, args)


RULES: dict[str, Rule] = {"producer": producer, "opener": opener, "follow_up": follow_up}


def is_tool_use(event: Event, name: str) -> bool:
    return event.type == EventType.TOOL_USE and event.data["name"] == name


def _counts(snapshot: Snapshot, event: Event, arrivals: set[int]) -> bool:
    """Whether it is a reason to speak, or not to: what an agent does, and people's words and arrivals.

    No such reason: what is done to the thread, and anything by those who have left or tapped out.
    """
    if event.user_id not in snapshot.roles or event.user_id in snapshot.tapped_out:
        return False
    if snapshot.users[event.user_id].is_agent:
        return not is_tool_use(event, "do_nothing")
    return event.type == EventType.TEXT or event.seq in arrivals


def _find_arrivals(snapshot: Snapshot, new_events: NewEvents) -> set[int]:
    """The seqs at which somebody created the thread, or joined it for the first time."""
    if not any(event.type == EventType.SYSTEM for event in new_events):
        return set()
    first: dict[UUID, int] = {}
    for event in snapshot.events:
        if event.type == EventType.SYSTEM and event.data["action"] in ("created", "joined"):
            first.setdefault(event.user_id, event.seq)
    return set(first.values())


def _roast(snapshot: Snapshot, agent_id: UUID, args: Json) -> Verdict:
    min_facts = int(args["min_facts"])
    people = snapshot.roles.keys() - snapshot.tapped_out
    most = max((c for s, c in snapshot.fact_counts.items() if s in people), default=0)
    numbers = {"most_facts": most, "min_facts": min_facts}
    if most < min_facts:
        return Verdict(False, "nobody is known well enough", numbers)
    last_roast = _find_roast(snapshot)
    if last_roast is not None and last_roast.user_id == agent_id:
        return Verdict(False, "the last roast was theirs", numbers)
    since = snapshot.events_after(0 if last_roast is None else last_roast.seq)
    if not any(is_tool_use(event, "extract_facts") for event in since):
        return Verdict(False, "no new facts since the last roast", numbers)
    return Verdict(True, "somebody is known well enough", numbers)


def _find_roast(snapshot: Snapshot) -> Event | None:
    return next((e for e in reversed(snapshot.events) if is_tool_use(e, "roast_user")), None)


def _has_opener(snapshot: Snapshot, agent_id: UUID) -> bool:
    return any(rule == "opener" for user, rule in snapshot.rules.items() if user != agent_id)


def _list_subjects(extract: Event) -> set[UUID]:
    facts: list[dict[str, Any]] = extract.data["input"]["facts"]
    return {UUID(fact["subject"]) for fact in facts}
