"""Asking a model as an agent, until it makes a valid call."""

from uuid import uuid4

import pytest

from burn_core.agents.instruct import instruct, make_request
from burn_core.agents.roster import Agent
from burn_core.errors import BadAgent, ModelError
from burn_core.model import Reply
from tests.making import ADA, JERRY, make_snapshot, make_text
from tests.scripted import ScriptedModel, list_roles, make_reply

AGENT = Agent(uuid4(), JERRY.id, 1, "You are Jerry.", ["roast_user"], "opener", {}, None)
SNAPSHOT = make_snapshot([make_text(1, ADA, "I like chess")])
REQUEST = make_request(AGENT, SNAPSHOT, "claude-test")
GOOD = make_reply("roast_user", subject=str(ADA.id), roast="Ha.")
BAD = make_reply("roast_user", subject=str(JERRY.id), roast="Ha.")


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


def test_a_valid_answer_becomes_the_call(model: ScriptedModel) -> None:
    model.enqueue(GOOD)
    call = instruct(AGENT, SNAPSHOT, REQUEST, model.ask)
    assert call.use.name == "roast_user"


def test_the_same_thread_gives_the_same_request() -> None:
    assert make_request(AGENT, SNAPSHOT, "claude-test").sha256 == REQUEST.sha256


def test_a_bad_answer_goes_back_with_what_was_wrong(model: ScriptedModel) -> None:
    model.enqueue(BAD, GOOD)
    instruct(AGENT, SNAPSHOT, REQUEST, model.ask)
    messages = model.history[1].messages
    assert list_roles(messages) == ["user", "assistant", "user"]
    (result,) = messages[2]["content"]
    assert (result["type"], result["is_error"]) == ("tool_result", True)
    assert "not a person in this thread" in result["content"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Reply("scripted", "end_turn", content=[{"type": "text", "text": "Ha."}]),
         "no tool use"),
        (make_reply("roast_user", "max_tokens", subject="x"), "cut off"),
        (Reply("scripted", "end_turn"), "no tool use"),
    ],
)  # fmt: skip
def test_an_answer_without_a_whole_tool_use_is_asked_for_one(
    model: ScriptedModel, answer: Reply, words: str
) -> None:
    model.enqueue(answer, GOOD)
    instruct(AGENT, SNAPSHOT, REQUEST, model.ask)
    assert words in str(model.history[1].messages[2])


def test_after_three_bad_answers_it_gives_up(model: ScriptedModel) -> None:
    model.enqueue(BAD, BAD, BAD)
    with pytest.raises(ModelError, match="3 invalid answers in a row") as caught:
        instruct(AGENT, SNAPSHOT, REQUEST, model.ask)
    assert not caught.value.retryable
    assert caught.value.details.startswith("subject")
    assert len(model.history) == 3


@pytest.mark.parametrize("reason", ["refusal", "model_context_window_exceeded"])
def test_some_stop_reasons_are_not_asked_again(model: ScriptedModel, reason: str) -> None:
    model.enqueue(Reply("scripted", reason))
    with pytest.raises(ModelError) as caught:
        instruct(AGENT, SNAPSHOT, REQUEST, model.ask)
    assert not caught.value.retryable


def test_an_agent_with_an_unknown_tool_is_an_error_for_the_operator() -> None:
    heckler = Agent(uuid4(), JERRY.id, 1, "", ["heckle"], "opener", {}, None)
    with pytest.raises(BadAgent, match="There is no tool heckle"):
        make_request(heckler, SNAPSHOT, "claude-test")
