"""The client, with the real SDK over HTTP: every way in which an answer can arrive or fail to."""

from collections.abc import Iterator

import pytest

from burn_core.errors import BadSettings, ModelError
from burn_core.model import Claude, Request, Usage, make_model
from burn_core.settings import Settings
from tests.scripted import (
    ScriptedModel,
    ScriptedServer,
    make_block,
    make_message,
    scripted_server,
)

REQUEST = Request(
    "claude-test",
    "You are Sarah.",
    [{"name": "do_nothing", "description": "Nothing.", "input_schema": {"type": "object"}}],
    [{"role": "user", "content": "What's the next step?"}],
)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def model(server: ScriptedServer) -> Claude:
    return Claude("sk-test", server.url)


def test_a_tool_use_comes_back_with_its_usage(server: ScriptedServer, model: Claude) -> None:
    server.enqueue(make_message(make_block("roast_user", subject="x", roast="y")))
    reply = model.ask(REQUEST)
    (use,) = reply.tool_uses
    assert (use.id, use.name, use.input) == (
        "toolu_1",
        "roast_user",
        {"subject": "x", "roast": "y"},
    )
    assert reply.usage == Usage(12, 3, 0, 7)
    assert (reply.model, reply.stop_reason) == ("claude-test", "tool_use")


def test_the_request_forces_one_tool_and_caches_what_stays_the_same(
    server: ScriptedServer, model: Claude
) -> None:
    server.enqueue(make_message(make_block()))
    model.ask(REQUEST)
    (sent,) = server.requests
    assert sent["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert sent["thinking"] == {"type": "disabled"}
    assert sent["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert sent["system"][0]["text"] == "You are Sarah."
    assert server.headers[0]["authorization"] == "Bearer sk-test"


def test_blocks_are_picked_by_type_not_by_place(server: ScriptedServer, model: Claude) -> None:
    text = {"type": "text", "text": "Let me see."}
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    server.enqueue(make_message(thought, text, make_block()))
    reply = model.ask(REQUEST)
    assert [use.name for use in reply.tool_uses] == ["do_nothing"]
    assert [block["type"] for block in reply.content] == ["thinking", "text", "tool_use"]


@pytest.mark.parametrize("reason", ["end_turn", "max_tokens", "refusal", "pause_turn", "new"])
def test_every_stop_reason_comes_back(server: ScriptedServer, model: Claude, reason: str) -> None:
    server.enqueue(make_message({"type": "text", "text": "No."}, stop_reason=reason))
    reply = model.ask(REQUEST)
    assert (reply.stop_reason, list(reply.tool_uses)) == (reason, [])


def test_a_message_without_usage_counts_nothing(server: ScriptedServer, model: Claude) -> None:
    server.enqueue(make_message(make_block(), usage=None))
    assert model.ask(REQUEST).usage == Usage()


def test_a_model_that_refuses_forced_tools_is_no_longer_forced(
    server: ScriptedServer, model: Claude
) -> None:
    server.enqueue_error(400, "thinking: `disabled` is not supported by this model")
    server.enqueue(make_message(make_block()))
    server.enqueue(make_message(make_block()))
    model.ask(REQUEST)
    model.ask(REQUEST)
    assert [sent["tool_choice"]["type"] for sent in server.requests] == ["any", "auto", "auto"]
    assert "thinking" not in server.requests[1]


@pytest.mark.parametrize(
    ("status", "retryable", "words"),
    [
        (400, False, "answered 400"),
        (401, False, "API key was refused"),
        (403, False, "API key was refused"),
        (404, False, "answered 404"),
        (413, False, "answered 413"),
        (429, True, "answered 429"),
        (500, True, "answered 500"),
        (503, True, "answered 503"),
        (529, True, "answered 529"),
    ],
)
def test_errors_say_what_happened_and_whether_to_ask_again(
    server: ScriptedServer, model: Claude, status: int, retryable: bool, words: str
) -> None:
    server.enqueue_error(status, "no")
    with pytest.raises(ModelError, match=words) as caught:
        model.ask(REQUEST)
    assert caught.value.retryable == retryable
    assert len(server.requests) == 1


def test_retry_after_is_respected(server: ScriptedServer, model: Claude) -> None:
    server.enqueue_error(429, "slow down", retry_after="7")
    with pytest.raises(ModelError) as caught:
        model.ask(REQUEST)
    assert caught.value.retry_after_seconds == 7


def test_an_answer_that_is_not_json_is_retryable(server: ScriptedServer, model: Claude) -> None:
    server.enqueue(b"<html>proxy</html>")
    with pytest.raises(ModelError) as caught:
        model.ask(REQUEST)
    assert caught.value.retryable


def test_an_unreachable_server_is_retryable() -> None:
    with pytest.raises(ModelError, match="can't be reached") as caught:
        Claude("sk-test", "http://127.0.0.1:9").ask(REQUEST)
    assert caught.value.retryable


def test_the_fingerprint_covers_everything_but_the_model() -> None:
    other_model = Request("other", REQUEST.system, REQUEST.tools, REQUEST.messages)
    other_words = Request("claude-test", REQUEST.system + "!", REQUEST.tools, REQUEST.messages)
    assert other_model.sha256 == REQUEST.sha256 != other_words.sha256


def test_a_factory_makes_another_model() -> None:
    settings = Settings(burn_model_factory="tests.scripted:ScriptedModel", _env_file=None)
    assert isinstance(make_model(settings), ScriptedModel)
    for path in ("tests.scripted:Nobody", "nowhere:x", "nonsense"):
        with pytest.raises(BadSettings, match="BURN_MODEL_FACTORY"):
            make_model(Settings(burn_model_factory=path, _env_file=None))
