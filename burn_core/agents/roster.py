"""Who the agents are: rows of the agents table, and the three that every database starts with."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from burn_core.agents import frankie, jerry, sarah
from db import schema
from db.schema import Json


@dataclass(frozen=True, slots=True)
class Agent:
    """One version of an agent, as a value."""

    id: UUID
    user_id: UUID
    version: int
    prompt: str
    tools: list[str]
    rule: str
    rule_args: Json
    model: str | None


AGENT_COLUMNS = (
    schema.Agent.id,
    schema.Agent.user_id,
    schema.Agent.version,
    schema.Agent.prompt,
    schema.Agent.tools,
    schema.Agent.rule,
    schema.Agent.rule_args,
    schema.Agent.model,
)


def load_agents(session: Session, user_ids: Collection[UUID]) -> dict[UUID, Agent]:
    """The version in force, by the agent's user id."""
    rows = session.execute(
        select(*AGENT_COLUMNS)
        .where(schema.Agent.user_id.in_(user_ids))
        .ext(distinct_on(schema.Agent.user_id))
        .order_by(schema.Agent.user_id, schema.Agent.version.desc())
    )
    return {agent.user_id: agent for agent in (Agent(*row) for row in rows)}


def seed_agents(session: Session) -> None:
    """Put in Sarah, Jerry and Frankie, once: where there are agents, nothing is touched."""
    session.execute(text("LOCK TABLE agents IN SHARE ROW EXCLUSIVE MODE"))
    if session.scalar(select(schema.Agent.id).limit(1)):
        return
    for agent in (sarah, jerry, frankie):
        user_id = session.scalar(
            insert(schema.User).values(type="agent", name=agent.NAME).returning(schema.User.id)
        )
        session.execute(
            insert(schema.Agent).values(
                user_id=user_id,
                prompt=agent.PROMPT,
                tools=agent.TOOLS,
                rule=agent.RULE,
                rule_args=agent.RULE_ARGS,
            )
        )
