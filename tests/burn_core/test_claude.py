"""The client, with the real SDK over HTTP: every way in which an answer can arrive or fail to."""

import math
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burn_core.claude import Claude, _read_retry_after
from burn_core.errors import BadSettings, ModelError
from burn_core.model import Request, Usage
from tests.hostile import hostile_server, repeat
from tests.scripted import (
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


def test_what_one_model_refuses_is_sent_to_another_as_before(
    server: ScriptedServer, model: Claude
) -> None:
    server.enqueue_error(400, "tool_choice: `any` is not supported by this model")
    for _ in range(3):
        server.enqueue(make_message(make_block()))
    model.ask(REQUEST)
    model.ask(replace(REQUEST, model="claude-other"))
    model.ask(REQUEST)
    asked = [(sent["model"], sent["tool_choice"]["type"]) for sent in server.requests]
    assert asked == [
        ("claude-test", "any"),
        ("claude-test", "auto"),
        ("claude-other", "any"),
        ("claude-test", "auto"),
    ]


def test_what_a_server_refuses_for_another_reason_is_not_left_out_later(
    server: ScriptedServer, model: Claude
) -> None:
    server.enqueue_error(400, "your thinking is too expensive")
    server.enqueue_error(400, "your credit is used up")
    server.enqueue(make_message(make_block()))
    with pytest.raises(ModelError):
        model.ask(REQUEST)
    model.ask(REQUEST)
    assert server.requests[2]["tool_choice"]["type"] == "any"


@pytest.mark.parametrize(
    ("fault", "left_out"),
    [
        ("tools.0.custom.strict: Extra inputs are not permitted", "strict"),
        ("tool_choice.any.disable_parallel_tool_use: unknown", "disable_parallel_tool_use"),
    ],
)
@pytest.mark.parametrize("status", [400, 422])
def test_only_what_a_server_refuses_is_left_out(
    server: ScriptedServer, model: Claude, fault: str, left_out: str, status: int
) -> None:
    server.enqueue_error(status, fault)
    server.enqueue(make_message(make_block()))
    model.ask(replace(REQUEST, tools=[{**REQUEST.tools[0], "strict": True}]))
    before, after = ({*sent["tools"][0], *sent["tool_choice"]} for sent in server.requests)
    assert before - after == {left_out}
    assert server.requests[1]["tool_choice"]["type"] == "any"


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/messages", "//"])
def test_an_address_may_end_where_other_clients_want_it_to(
    server: ScriptedServer, end: str
) -> None:
    server.enqueue(make_message(make_block()))
    Claude("sk-test", server.url + end).ask(REQUEST)
    assert server.paths == ["/v1/messages"]


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "http://[", "?"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0"])
def test_a_proxy_is_not_asked_for_what_is_on_this_machine(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, name: str, proxy: str, host: str
) -> None:
    monkeypatch.setenv(name, proxy)
    server.enqueue(make_message(make_block()))
    url = server.url.replace("127.0.0.1", host)
    assert Claude("sk-test", url).ask(REQUEST).tool_uses


def test_a_proxy_is_asked_for_everything_else(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    server.enqueue(make_message(make_block()))
    assert Claude("sk-test", "http://model.example").ask(REQUEST).tool_uses
    assert server.paths == ["http://model.example/v1/messages"]


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "ftp://127.0.0.1:9"])
def test_a_proxy_that_cant_be_used_is_a_bad_setting(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(BadSettings, match="HTTP_PROXY"):
        Claude("sk-test", "http://model.example")


def test_an_address_that_is_none_is_a_bad_setting() -> None:
    with pytest.raises(BadSettings, match="ANTHROPIC_BASE_URL has to be"):
        Claude("sk-test", "http://in\nvalid")


def test_what_the_server_said_is_a_detail_without_the_key(
    server: ScriptedServer, model: Claude
) -> None:
    server.enqueue_error(400, "db.internal: bad key sk-test")
    server.enqueue(b"sk-test is no JSON")
    for said in ("db.internal: bad key (the API key)", "(the API key) is no JSON"):
        with pytest.raises(ModelError) as caught:
            model.ask(REQUEST)
        assert said in caught.value.details
        assert not re.search("internal|sk-test|JSON", str(caught.value))


def test_a_call_ends_at_its_deadline_however_the_answer_trickles() -> None:
    case = replace(REQUEST, messages=[{"role": "user", "content": "case slow."}])
    for start in (b"", b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\n\r\n"):
        with hostile_server({"slow": repeat(start, b"x")}) as url:
            began = time.monotonic()
            with pytest.raises(ModelError, match=r"no answer within 0\.5 s") as caught:
                Claude("sk-test", url, timeout_seconds=0.5).ask(case)
            assert caught.value.retryable
            assert time.monotonic() - began < 5


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
        (400, False, "refused the request .400"),
        (401, False, "refused the API key"),
        (403, False, "refused the API key"),
        (404, False, "the model or the address .404"),
        (413, False, "too long .413"),
        (429, True, "busy .429"),
        (500, True, "failed .500"),
        (503, True, "failed .503"),
        (529, True, "busy .529"),
    ],
)
def test_errors_say_what_happened_and_whether_to_ask_again(
    server: ScriptedServer, model: Claude, status: int, retryable: bool, words: str
) -> None:
    server.enqueue_error(status, "no")
    with pytest.raises(ModelError, match=words) as caught:
        model.ask(REQUEST)
    assert caught.value.retryable == retryable
    assert caught.value.is_locked_out == (status in (401, 403, 404))
    assert len(server.requests) == 1


IN_AN_HOUR = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 7.5 ", 7.5),
        ("1e1", 10),
        pytest.param(IN_AN_HOUR, 3_600, id="in an hour"),  # the time of day is no name for a test
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
        *((odd, None) for odd in ("0", "-7", "nan", "inf", "soon", "", "1, 2", "+", "-", "()")),
    ],
)
def test_retry_after_is_read_in_any_notation(
    server: ScriptedServer, model: Claude, value: str, seconds: float | None
) -> None:
    server.enqueue_error(429, "slow down", retry_after=value)
    with pytest.raises(ModelError) as caught:
        model.ask(REQUEST)
    assert caught.value.retry_after_seconds == (seconds and pytest.approx(seconds, abs=1_800))


@given(st.text())
def test_any_retry_after_is_a_wait_or_none(value: str) -> None:
    seconds = _read_retry_after(value)
    assert seconds is None or 0 < seconds < math.inf


def test_an_answer_that_is_not_json_is_retryable(server: ScriptedServer, model: Claude) -> None:
    server.enqueue(b"<html>proxy</html>")
    with pytest.raises(ModelError) as caught:
        model.ask(REQUEST)
    assert caught.value.retryable


def test_an_unreachable_server_is_retryable() -> None:
    with pytest.raises(ModelError, match="can't be reached") as caught:
        Claude("sk-test", "http://127.0.0.1:9").ask(REQUEST)
    assert caught.value.retryable
