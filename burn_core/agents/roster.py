"""Who the agents are: rows of the agents table, and the three that every database starts with."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from burn_core.agents.seeds import frankie, jerry, sarah
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
