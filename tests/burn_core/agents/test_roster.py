"""Agents as rows: versions, of which the highest is in force."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.agents.roster import add_version, find_agent, seed_agents
from burn_core.agents.seeds.jerry import SEED
from burn_core.errors import BadAgent
from burn_core.room.memberships import list_agents
from burn_core.runs.claim import claim
from db.connection import begin
from tests.making import Hand


@pytest.fixture
def thread_id(url: str) -> UUID:
    """Jerry's thread, in which he has something to read."""
    hand = Hand(url)
    return hand.make_thread(hand.make_user("ada"), agents=["jerry"])


def test_a_seed_changes_nothing_where_there_are_agents(session: Session) -> None:
    add_version(session, replace(SEED, prompt="Sing."))
    seed_agents(session)
    jerry = find_agent(session, "jerry")
    assert jerry is not None
    assert (jerry.version, jerry.prompt) == (2, "Sing.")


def test_a_new_version_is_what_the_next_run_plays(
    engine: Engine, url: str, thread_id: UUID
) -> None:
    with begin(engine) as session:
        add_version(session, replace(SEED, rule="producer"))
    Hand(url).say(
        thread_id, UUID(str(Hand(url).value("SELECT id FROM users WHERE name = 'ada'"))), "hi"
    )
    with begin(engine) as session:
        (claimed,) = claim(session, "me", 10, 60, {}, "claude-test").runs
    assert (claimed.agent.version, claimed.agent.rule) == (2, "producer")


def test_what_is_in_force_already_makes_no_new_version(session: Session) -> None:
    assert add_version(session, SEED).version == 1
    assert add_version(session, replace(SEED, tools=["do_nothing"])).version == 2
    assert add_version(session, replace(SEED, tools=["do_nothing"])).version == 2


def test_a_new_agent_can_join_threads(session: Session) -> None:
    added = add_version(session, replace(SEED, name="wanda", rule="producer"))
    assert added.version == 1
    roles = {each.user.name: each.role for each in list_agents(session)}
    assert roles["wanda"] == "producer"


def test_a_person_keeps_their_name(session: Session, url: str) -> None:
    Hand(url).make_user("wanda")
    with pytest.raises(BadAgent, match="wanda is a person here"):
        add_version(session, replace(SEED, name="wanda"))


@pytest.mark.parametrize("name", ["", "x", "a b", "né", "x" * 17])
def test_an_agents_name_is_as_other_names(session: Session, name: str) -> None:
    with pytest.raises(BadAgent, match="2 to 16 characters"):
        add_version(session, replace(SEED, name=name))
