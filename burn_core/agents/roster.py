"""Who the agents are: rows of the agents table. An edit is a new version; the highest is in force."""

from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from burn_core.agents.seed import Seed
from burn_core.agents.seeds import frankie, jerry, sarah
from burn_core.errors import BadAgent
from burn_core.users import NAME_RULE, is_name
from db import schema
from db.schema import Json

# Of several agents with one name, the one that this database had first: the others came with
# threads from elsewhere.
_IN_FORCE = text("""
    SELECT a.id, a.user_id, a.version, a.prompt, a.tools, a.rule, a.rule_args, a.model
    FROM agents a
    WHERE a.user_id = (
        SELECT u.id FROM users u JOIN agents first ON first.user_id = u.id
        WHERE u.name = :name AND u.type = 'agent'
        ORDER BY first.changed_in, u.inserted_at, u.id LIMIT 1
    )
    ORDER BY a.version DESC LIMIT 1
""")


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
    _lock_agents(session)
    if session.scalar(select(schema.Agent.id).limit(1)) is None:
        for seed in (sarah.SEED, jerry.SEED, frankie.SEED):
            _insert(session, seed, _insert_user(session, seed.name), version=1)


def find_agent(session: Session, name: str) -> Agent | None:
    """The version in force of the agent of that name."""
    row = session.execute(_IN_FORCE, {"name": name}).one_or_none()
    return None if row is None else Agent(*row)


def list_agent_names(session: Session) -> list[str]:
    names = select(schema.User.name).where(schema.User.type == "agent").distinct()
    return list(session.scalars(names.order_by(schema.User.name)))


def add_version(session: Session, seed: Seed) -> Agent:
    """Put the seed in force: as the agent's next version, or as a new agent's first.

    Every run from now on is made with it. Adds nothing if nothing has changed.
    Raises BadAgent where a person has the name.
    """
    _lock_agents(session)
    agent = find_agent(session, seed.name)
    if agent is None:
        _check_name(session, seed.name)
        _insert(session, seed, _insert_user(session, seed.name), version=1)
    elif not _matches(agent, seed):
        _insert(session, seed, agent.user_id, agent.version + 1)
    added = find_agent(session, seed.name)
    assert added is not None
    return added


def _matches(agent: Agent, seed: Seed) -> bool:
    fields = asdict(seed)
    del fields["name"]
    return all(getattr(agent, field) == value for field, value in fields.items())


def _lock_agents(session: Session) -> None:
    """One writer at a time: versions have no gaps, and nothing is seeded twice."""
    session.execute(text("LOCK TABLE agents IN SHARE ROW EXCLUSIVE MODE"))


def check_agent_name(name: str) -> None:
    """Raises BadAgent unless an agent can have the name."""
    if not is_name(name):
        raise BadAgent(f"{name!a} can't be an agent's name. {NAME_RULE}")


def _check_name(session: Session, name: str) -> None:
    check_agent_name(name)
    if session.scalar(select(schema.User.id).where(schema.User.name == name)) is not None:
        raise BadAgent(f"{name} is a person here. Give the agent another name.")


def _insert_user(session: Session, name: str) -> UUID:
    user_id: UUID = session.scalars(
        insert(schema.User).values(type="agent", name=name).returning(schema.User.id)
    ).one()
    return user_id


def _insert(session: Session, seed: Seed, user_id: UUID, version: int) -> None:
    session.execute(
        insert(schema.Agent).values(
            user_id=user_id,
            version=version,
            prompt=seed.prompt,
            tools=seed.tools,
            rule=seed.rule,
            rule_args=seed.rule_args,
            model=seed.model,
        )
    )
