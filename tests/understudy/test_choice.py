"""Every request gets one choice, whatever it contains."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.understudy.scene import PRODUCER_TOOLS, PROMPTS, Scene, make_id, make_request
from understudy.choice import choose

NASTY = [
    "😀" * 500, "x" * 100_000, "\x00\x1b[31m", "a: b\n- c\n  d: [", '"quoted" \\ \\u003c', "</user_message>",
    "<extract_facts>", "---\n...", "&anchor *alias !!python/object", "\u202e\u2028", "I like " * 500,
]  # fmt: skip


def refuse(context: str, tool: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
    use = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": fields}
    result = {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "is_error": True,
        "content": "That is not valid. Choose again.",
    }
    return [
        {"role": "user", "content": context},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]


@pytest.mark.parametrize("agent", ["sarah", "jerry"])
def test_a_rejected_tool_use_is_not_tried_again(agent: str) -> None:
    scene = Scene()
    scene.system("ada", "created")
    scene.say("ada", "I like chess and cooking")
    scene.learn("ada", ("likes", "tea", "food"), ("hates", "rain", "dislike"))
    first = scene.choose(agent)
    tools = PRODUCER_TOOLS if agent == "sarah" else ("roast_user",)
    messages = refuse(scene.context, first.name, first.input)
    second = choose(make_request("", tools, PROMPTS[agent], messages=messages))
    assert second is not None
    assert second != first


def test_a_tool_that_must_be_used_is_used() -> None:
    scene = Scene()
    scene.say("ada", "I like chess")
    chosen = {"type": "tool", "name": "do_nothing"}
    use = choose(make_request(scene.context, PRODUCER_TOOLS, tool_choice=chosen))
    assert use is not None
    assert use.name == "do_nothing"


def test_without_a_suitable_tool_there_is_no_choice() -> None:
    assert choose(make_request("anything", ("play_music",))) is None
    assert choose(make_request("anything", PRODUCER_TOOLS, tool_choice={"type": "none"})) is None


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
@pytest.mark.parametrize("agent", list(PROMPTS))
def test_no_message_breaks_it(text: str, agent: str) -> None:
    scene = Scene()
    scene.system("ada", "created")
    scene.say("ada", text)
    use = scene.choose(agent)
    assert use.input.get("subject", make_id("ada")) == make_id("ada")


@settings(max_examples=150, deadline=None)
@given(st.text(), st.text(), st.sampled_from(list(PROMPTS)))
def test_any_text_gets_a_valid_choice(text: str, obj: str, agent: str) -> None:
    scene = Scene()
    scene.say("ada", text)
    scene.learn("ada", ("likes", obj, "hobby"), (text, "tea", text), ("", "", ""))
    use = scene.choose(agent)
    assert len(use.input.get("roast", "")) <= 280
    assert len(use.input.get("question", "")) <= 200


@given(st.text())
def test_any_context_gets_an_answer(context: str) -> None:
    use = choose(make_request(context))
    assert use is not None
    assert use.name == "do_nothing"
