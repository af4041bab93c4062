"""An agent as a file: what is printed is what is read, and a bad file is refused in words."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burn_core.agents.agent_file import read_agent_file, write_agent_file
from burn_core.agents.roster import Agent
from burn_core.agents.seed import Seed
from burn_core.agents.seeds import frankie, jerry, sarah
from burn_core.errors import BadAgent

GOOD = """
rule = "opener"
tools = ["roast_user"]
prompt = "You are Wanda."
[rule_args]
min_facts = 2
"""
_NO_ID = UUID(int=0)


def make_agent(seed: Seed) -> Agent:
    return Agent(_NO_ID, _NO_ID, 1, seed.prompt, seed.tools, seed.rule, seed.rule_args, seed.model)


@pytest.mark.parametrize("seed", [sarah.SEED, jerry.SEED, frankie.SEED])
def test_a_seed_comes_back_as_it_was(seed: Seed) -> None:
    assert read_agent_file(seed.name, write_agent_file(seed.name, make_agent(seed))) == seed


@given(
    prompt=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
    model=st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    more=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Cc"])),
        st.integers(-1000, 1000) | st.booleans() | st.lists(st.text("ab\n")),
    ),
)
def test_any_prompt_comes_back_as_it_was(
    prompt: str, model: str | None, more: dict[str, object]
) -> None:
    args = more | {"min_facts": 3}
    seed = replace(jerry.SEED, prompt=prompt, model=model, rule_args=args)
    assert read_agent_file("jerry", write_agent_file("jerry", make_agent(seed))) == seed


def test_carriage_returns_come_back() -> None:
    seed = replace(jerry.SEED, prompt="one\r\ntwo\rthree\n")
    assert read_agent_file("jerry", write_agent_file("jerry", make_agent(seed))) == seed


def test_a_null_is_said_to_have_no_place_in_the_file() -> None:
    seed = replace(jerry.SEED, rule_args={"min_facts": 3, "mood": None})
    with pytest.raises(BadAgent, match="jerry can't be written as TOML"):
        write_agent_file("jerry", make_agent(seed))


def test_the_model_can_be_left_out() -> None:
    assert read_agent_file("wanda", GOOD).model is None


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("opener", "heckler", "There is no rule 'heckler'. The rules are: producer, opener"),
        ("roast_user", "sing", "There is no tool 'sing'. The tools are: ask_user"),
        ('["roast_user"]', "[]", "tools: list should have at least 1 item"),
        ("min_facts = 2", "min_facts = 'two'", "needs min_facts in .rule_args.: a whole number"),
        ("min_facts = 2", "min_facts = true", "a whole number"),
        ("min_facts = 2", "", "a whole number"),
        ('prompt = "You are Wanda."', "", "prompt: field required"),
        ('"You are Wanda."', '"\\u0000"', "a value that JSON can't"),
        ("min_facts = 2", "min_facts = 2\nsince = 2026-01-01", "a value that JSON can't"),
        ("[rule_args]", "colour = 1\n[rule_args]", "colour: extra inputs are not permitted"),
        ("rule =", "rule", "isn't valid TOML: .* line 2"),
        ("min_facts = 2", f"min_facts = {'9' * 5_000}", "isn't valid TOML"),
        ("min_facts = 2", f"min_facts = {'[' * 3_000}{']' * 3_000}", "isn't valid TOML"),
    ],
)
def test_a_bad_file_is_refused_in_words(good: str, bad: str, words: str) -> None:
    assert good in GOOD
    with pytest.raises(BadAgent, match=words):
        read_agent_file("wanda", GOOD.replace(good, bad))
