"""What a thread's page shows: its events with their authors, and its agents' runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select, true
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.selectable import LateralFromClause

from burn_core.events import EVENT_COLUMNS, Event, EventType
from burn_core.runs.record import OWN_COLUMNS, RunRecord, list_run_columns
from burn_core.runs.status import Status
from burn_core.users import USER_COLUMNS, User
from db import schema


@dataclass(frozen=True, slots=True)
class Message:
    """An event as the chat shows it."""

    event: Event
    author: User
    model: str | None  # the model that chose it, if the author is an agent
    is_first_question: bool  # whether it is the first to this person in this thread


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """An agent in a thread: whether it has something to read, and its last run.

    Nobody claims it before wakes_at; waits_for is the key of the cap that it has met, if it has.
    failing_since is when the circuit to its model opened, if it still is.
    """

    name: str
    is_due: bool
    wakes_at: datetime | None
    waits_for: str | None
    failing_since: datetime | None
    last_run: RunRecord | None

    @property
    def cut_off_since(self) -> datetime | None:
        """Since when it can't reach its model, unless it has spoken since, by way of another."""
        run = self.last_run
        has_spoken = (
            self.failing_since is not None
            and run is not None
            and run.status == Status.DONE
            and run.finished_at is not None
            and run.finished_at > self.failing_since
        )
        return None if has_spoken else self.failing_since


def list_messages(
    session: Session, thread_id: UUID, limit: int, *, after: int = 0, before: int | None = None
) -> list[Message]:
    """Up to limit events, the newest whose seq is above after and below before, oldest first."""
    newest_first: Iterable[Any] = session.execute(
        select_messages(thread_id, limit, after=after, before=before)
    )
    return [_make_message(row) for row in newest_first][::-1]


def select_messages(
    thread_id: UUID, limit: int, *, after: int = 0, before: int | None = None
) -> Select[*tuple[Any, ...]]:
    """The statement that list_messages runs, newest first."""
    query: Select[*tuple[Any, ...]] = (
        select(
            *EVENT_COLUMNS,
            *USER_COLUMNS,
            schema.Run.model,
            _is_first_question().label("is_first_question"),
        )
        .join(schema.User, schema.User.id == schema.Event.user_id)
        .outerjoin(schema.Run, schema.Run.tool_use_event_id == schema.Event.id)
        .where(schema.Event.thread_id == thread_id, schema.Event.seq > after)
        .order_by(schema.Event.seq.desc())
        .limit(limit)
    )
    return query if before is None else query.where(schema.Event.seq < before)


def list_names(session: Session, messages: Sequence[Message]) -> dict[str, str]:
    """The names of the people whom the messages are about, by id."""
    ids = {normalise_id(s) for m in messages for s in _list_subjects(m.event)} - {""}
    rows = session.execute(select(schema.User.id, schema.User.name).where(schema.User.id.in_(ids)))
    return {str(user_id): name for user_id, name in rows}


def list_runs(session: Session, thread_id: UUID, each: int) -> list[RunRecord]:
    """The last runs of every agent in the thread, newest first, at most `each` of each agent."""
    return [RunRecord(*row) for row in session.execute(select_runs(thread_id, each))]


def select_runs(thread_id: UUID, each: int) -> Select[*tuple[Any, ...]]:
    """The statement that list_runs runs."""
    runs = select_last_runs(thread_id, each)
    return (
        _select_agents(thread_id, *list_run_columns(runs.c))
        .join(runs, true())
        .join(schema.Agent, schema.Agent.id == runs.c.agent_id)
        .order_by(runs.c.started_at.desc(), runs.c.id)
    )


def select_last_runs(
    thread_id: UUID, each: int, *conditions: ColumnElement[bool]
) -> LateralFromClause:
    """The last runs of each agent in a thread, to join laterally with the agents' users.

    It uses the index that leads to an agent's last runs, however many the thread has.
    """
    run = schema.Run
    return (
        select(run.agent_id, *(getattr(run, name) for name in OWN_COLUMNS))
        .where(run.thread_id == thread_id, run.user_id == schema.User.id, *conditions)
        .order_by(run.to_seq.desc(), run.started_at.desc())
        .limit(each)
        .correlate(schema.User)
        .lateral("last_runs")
    )


def list_agent_statuses(session: Session, thread_id: UUID) -> list[AgentStatus]:
    """What each of the thread's agents is doing, producers first."""
    rows: Iterable[Any] = session.execute(select_agent_statuses(thread_id))
    return [_make_status(*row) for row in rows]


def _make_status(
    is_due: bool,
    wakes_at: datetime | None,
    waits_for: str | None,
    failing_since: datetime | None,
    name: str,
    version: int | None,
    *run: Any,
) -> AgentStatus:
    last_run = None if version is None else RunRecord(name, version, *run)
    return AgentStatus(name, is_due, wakes_at, waits_for, failing_since, last_run)


def select_agent_statuses(thread_id: UUID) -> Select[*tuple[Any, ...]]:
    """The statement that list_agent_statuses runs."""
    runs = select_last_runs(thread_id, 1)
    is_due = schema.Membership.due_since.is_not(None).label("is_due")
    waiting = schema.Membership.wakes_at, schema.Membership.waits_for
    return (
        _select_agents(thread_id, is_due, *waiting, _failing_since(), *list_run_columns(runs.c))
        .outerjoin(runs, true())
        .outerjoin(schema.Agent, schema.Agent.id == runs.c.agent_id)
        .order_by(schema.Membership.role.desc(), schema.User.name.desc())
    )


def _failing_since() -> ColumnElement[datetime | None]:
    agent, circuit = aliased(schema.Agent), schema.Circuit
    model = (
        select(agent.model)
        .where(agent.user_id == schema.User.id)
        .order_by(agent.version.desc())
        .limit(1)
        .correlate(schema.User)
        .scalar_subquery()
    )
    return (
        select(func.min(circuit.opened_at))
        .where((circuit.model == model) | (model.is_(None) & circuit.is_default))
        .correlate(schema.User)
        .scalar_subquery()
        .label("failing_since")
    )


def find_playing_model(session: Session, thread_id: UUID) -> str | None:
    """The model behind the thread's newest tool use."""
    return session.scalar(select_playing_model(thread_id))


def select_playing_model(thread_id: UUID) -> Select[str | None]:
    """The statement that find_playing_model runs."""
    return (
        select(schema.Run.model)
        .join(schema.Event, schema.Event.id == schema.Run.tool_use_event_id)
        .where(schema.Event.thread_id == thread_id)
        .order_by(schema.Event.seq.desc())
        .limit(1)
    )


def has_spoken(session: Session, thread_id: UUID, user_id: UUID) -> bool:
    """Whether the user has posted any text in the thread."""
    said = exists().where(
        schema.Event.thread_id == thread_id,
        schema.Event.user_id == user_id,
        schema.Event.type == EventType.TEXT,
    )
    return bool(session.scalar(select(said)))


def count_subjects(event: Event) -> dict[str, int]:
    """How many facts an extract_facts event has about each subject's id."""
    counts: dict[str, int] = {}
    for subject in _list_subjects(event):
        counts[subject] = counts.get(subject, 0) + 1
    return counts


def normalise_id(text: str) -> str:
    """An id as Postgres writes it, however a model spelled it, or "" if it isn't one."""
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def _make_message(row: Any) -> Message:
    cut, end = len(EVENT_COLUMNS), len(EVENT_COLUMNS) + len(USER_COLUMNS)
    return Message(Event(*row[:cut]), User(*row[cut:end]), *row[end:])


def _select_agents(thread_id: UUID, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(schema.Membership)
        .join(schema.User, schema.User.id == schema.Membership.user_id)
        .where(
            schema.Membership.thread_id == thread_id,
            schema.Membership.role.in_(("producer", "comedian")),
        )
    )


@cache  # building it takes longer than running it
def _is_first_question() -> ColumnElement[bool]:
    earlier = aliased(schema.Event)
    return _is_question(schema.Event) & ~exists().where(
        earlier.thread_id == schema.Event.thread_id,
        earlier.seq < schema.Event.seq,
        _is_question(earlier),
        _subject(earlier) == _subject(schema.Event),
    )


def _is_question(event: Any) -> ColumnElement[bool]:
    is_ask: ColumnElement[bool] = event.data["name"].astext == "ask_user_about_themselves"
    is_tool_use: ColumnElement[bool] = event.type == EventType.TOOL_USE
    return is_tool_use & is_ask


def _subject(event: Any) -> ColumnElement[str]:
    subject: ColumnElement[str] = event.data["input"]["subject"].astext
    return subject


def _list_subjects(event: Event) -> list[str]:
    """The subjects of a tool use: one per fact, or just one. Malformed input has none."""
    if event.type != EventType.TOOL_USE:
        return []
    tool_input = event.data["input"]
    facts = tool_input.get("facts", [tool_input])
    return [
        str(fact["subject"])
        for fact in (facts if isinstance(facts, list) else [])
        if isinstance(fact, dict) and "subject" in fact
    ]
