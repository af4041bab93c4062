"""Whatever a model's server sends, the run ends: done, or failed with one plain line."""

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from burn_core.claude import Claude
from burn_core.runs.worker import Worker
from burn_core.settings import Settings
from db.schema import Json
from tests.conftest import make_database
from tests.hostile import Answer, hostile_server, http, repeat
from tests.making import Hand, wait_for
from tests.scripted import make_block, make_message, running_here

KEY = "sk-hostile-0123456789"
INT4 = 2**31 - 1
SECONDS = 5.0
MORE = " The worker's log says more."

NO_ANSWER = "The model's server sent an invalid answer." + MORE
BROKEN_OFF = "The model's server broke off its answer." + MORE
INVALID = "The model gave 3 invalid answers in a row." + MORE
LATE = "The model gave no answer within 5 s."
DECLINED = "The model declined to answer."
TOO_LONG = "The thread is too long for this model."
BUSY = "The model's server is busy (429)." + MORE
FAULT = "The model's server failed (500)." + MORE

NOTHING = make_block()
TEXT = {"type": "text", "text": "I'd rather not."}
HTML = b"<html><body><h1>502 Bad Gateway</h1>" + b"x" * 3_600_000 + b"</body></html>"
NUL = b'"\\u0000"'


def send(*content: Json, **more: Any) -> Answer:
    return lambda request: [http(make_message(*content, **more))]


def send_bytes(*parts: bytes) -> Answer:
    return lambda request: parts


def send_body(body: Any, status: str = "200 OK", **headers: str) -> Answer:
    return send_bytes(http(body, status, **headers))


def refuse(status: str, message: str = "no", **headers: str) -> Answer:
    error = {"type": "error", "error": {"type": "e", "message": message}}
    return send_body(error, status, **headers)


def swap(old: bytes, new: bytes) -> Answer:
    """A good answer in which some bytes are others."""
    body = json.dumps(make_message(NOTHING)).encode()
    assert old in body
    return send_body(body.replace(old, new))


def refuse_strict(request: Json) -> list[bytes]:
    if any("strict" in tool for tool in request["tools"]):
        return [http({"error": {"message": "tools.0.strict: Extra inputs"}}, "400 Bad Request")]
    return [http(make_message(NOTHING))]


def refuse_parallel(request: Json) -> list[bytes]:
    if "disable_parallel_tool_use" in request["tool_choice"]:
        loc = ["body", "tool_choice", "any", "disable_parallel_tool_use"]
        fault = {"detail": [{"type": "extra_forbidden", "loc": loc}]}
        return [http(fault, "422 Unprocessable Entity")]
    return [http(make_message(NOTHING))]


def refuse_everything(request: Json) -> list[bytes]:
    asked = json.dumps([request["tools"], request["tool_choice"], request.get("thinking")])
    for word in ("thinking", "any", "strict", "disable_parallel_tool_use"):
        if f'"{word}"' in asked or (word == "thinking" and "thinking" in request):
            fault = {"any": "tool_choice"}.get(word, word)
            return [http({"message": f"{fault} is not supported"}, "400 Bad Request")]
    return [http(make_message(NOTHING))]


def extract(request: Json) -> list[bytes]:
    context = request["messages"][0]["content"]
    found = re.search(r"<user_message>\n  from: (\S+)\n  id: (\S+)", context)
    assert found is not None
    fact = {
        "subject": found[1],
        "predicate": "likes",
        "object": "nul \0 and half \ud800",
        "category": "hobby",
        "confidence": 0.9,
        "disputed": False,
        "source_event": found[2],
    }
    text = json.dumps({"facts": [fact]})
    return [http(make_message(make_block("extract_facts") | {"input": text}))]


@dataclass
class Case:
    """An answer, and how the run ends. tokens are the input tokens of its row."""

    name: str
    answer: Answer
    line: str | None = None
    tokens: int | None = None


@dataclass
class Ended:
    status: str
    line: str | None
    attempts: int
    model: str
    tokens: list[int]


CASES = [
    # What ends well.
    Case("a good answer", send(NOTHING), tokens=12),
    Case("NUL in an id", send(NOTHING | {"id": "\0"})),
    Case("half a surrogate pair in an id", send(NOTHING | {"id": "\ud800"})),
    Case("an id that is a number", send(NOTHING | {"id": 7})),
    Case("an id of a megabyte", send(NOTHING | {"id": "x" * 200_000})),
    Case("no id", send({"type": "tool_use", "name": "do_nothing", "input": {}})),
    Case("NUL in the model's name", swap(b'"claude-test"', NUL)),
    Case("half a surrogate pair in the model's name", send(NOTHING, model="\ud800")),
    Case("a model's name of 100 kB", send(NOTHING, model="m" * 100_000)),
    Case("a model's name on two lines", send(NOTHING, model="two\nlines")),
    Case("no model's name", send(NOTHING, model=None)),
    Case("a model's name that is a list", send(NOTHING, model=["claude"])),
    Case("tokens beyond int4", send(NOTHING, usage={"input_tokens": 2**31}), tokens=INT4),
    Case("tokens of 400 digits", send(NOTHING, usage={"input_tokens": 10**400}), tokens=INT4),
    Case("negative tokens", send(NOTHING, usage={"input_tokens": -5}), tokens=0),
    Case("tokens as text", send(NOTHING, usage={"input_tokens": "12"}), tokens=0),
    Case("tokens as a fraction", send(NOTHING, usage={"input_tokens": 12.9}), tokens=12),
    Case("tokens that are no number", swap(b'"input_tokens": 12', b'"input_tokens": NaN'), tokens=0),
    Case("infinite tokens", swap(b'"input_tokens": 12', b'"input_tokens": 1e999'), tokens=0),
    Case("usage that is null", send(NOTHING, usage=None), tokens=0),
    Case("usage that is a list", send(NOTHING, usage=[12, 3]), tokens=0),
    Case("usage that is a text", send(NOTHING, usage="12 tokens"), tokens=0),
    Case("usage in usage", send(NOTHING, usage={"input_tokens": {"input_tokens": 1}}), tokens=0),
    Case("blocks of a foreign shape", send(TEXT, {"type": ["?"]}, {}, NOTHING)),
    Case("blocks that are no objects", send_body(make_message() | {"content": [1, None, NOTHING]})),
    Case("arguments as text", send(NOTHING | {"input": "{}"})),
    Case("arguments as text with NUL in facts", extract),
    Case("arguments that are null", send(NOTHING | {"input": None})),
    Case("two tool uses of which one is whole", send({**NOTHING, "name": "ask"}, NOTHING)),
    Case("two tool uses of which one has no input",
         send(make_block("extract_facts") | {"input": None}, NOTHING)),
    Case("no content type", send_body(make_message(NOTHING), content_type="")),
    Case("a content type of its own",
         send_body(make_message(NOTHING), content_type="text/html; charset=nonsense")),
    Case("JSON as UTF-16", send_body(json.dumps(make_message(NOTHING)).encode("utf-16"))),
    Case("a stop reason that is a number", send(NOTHING, stop_reason=7)),
    Case("strict refused", refuse_strict),
    Case("disable_parallel_tool_use refused", refuse_parallel),
    Case("all extras refused, one by one", refuse_everything),
    # What is told to the model, and is in vain.
    Case("content that is null", send_body(make_message() | {"content": None}), INVALID, 36),
    Case("content that is a text", send_body(make_message() | {"content": "Well…"}), INVALID),
    Case("no content", send(), INVALID),
    Case("a text block that is empty", send({"type": "text", "text": ""}), INVALID),
    Case("a text block without text", send({"type": "text"}), INVALID),
    Case("a text block with half a surrogate pair",
         send({"type": "text", "text": "\ud800"}), INVALID),
    Case("thinking alone",
         send({"type": "thinking", "thinking": "Hm", "signature": "s"}), INVALID),
    Case("thinking without a signature", send({"type": "thinking", "thinking": "Hm"}), INVALID),
    Case("a tool that isn't there", send(make_block("RuntimeError")), INVALID),
    Case("a tool's name of 100 kB", send(make_block("x" * 100_000)), INVALID),
    Case("a tool's name that is a list", send(NOTHING | {"name": ["do_nothing"]}), INVALID),
    Case("a tool's name with NUL", send(make_block("do\0nothing")), INVALID),
    Case("fields that nobody asked for",
         send(make_block("do_nothing", **{KEY: "ValueError: 127.0.0.1"})), INVALID),
    Case("arguments that are a list",
         send(make_block("extract_facts") | {"input": [1]}), INVALID),
    Case("arguments as half a text",
         send(make_block("extract_facts") | {"input": '{"facts": ['}), INVALID),
    Case("an infinite number in the arguments",
         swap(b'"input": {}', b'"input": {"x": Infinity}'), INVALID),
    Case("two whole tool uses", send(NOTHING, NOTHING), INVALID),
    Case("an answer that is cut off", send(NOTHING, stop_reason="max_tokens"), INVALID),
    Case("the most tokens, three times",
         send(TEXT, usage={"input_tokens": INT4}), INVALID, INT4),
    # What asking again can't help.
    Case("a refusal", send(TEXT, stop_reason="refusal"), DECLINED, 12),
    Case("a thread that is too long",
         send(stop_reason="model_context_window_exceeded"), TOO_LONG),
    Case("401", refuse("401 Unauthorized", f"invalid key {KEY}"),
         "The model's server refused the API key (401)." + MORE),
    Case("404", refuse("404 Not Found", "no such host: db.internal"),
         "The model's server doesn't know the model or the address (404)." + MORE),
    Case("400 with an error of megabytes", send_body(HTML, "400 Bad Request"),
         "The model's server refused the request (400)." + MORE),
    Case("413", refuse("413 Too Large"), "The model's server finds the thread too long (413)." + MORE),
    Case("a redirect to nowhere", send_body(b"", "302 Found"),
         "The model's server gave no answer (302)."),
    # What asking again doesn't help either.
    Case("HTML with 200", send_body(b"<html>proxy</html>", content_type="text/html"), NO_ANSWER),
    Case("an empty body", send_body(b""), "The model's server sent an invalid answer."),
    Case("204", send_bytes(b"HTTP/1.1 204 No Content\r\n\r\n"),
         "The model's server sent an invalid answer."),
    Case("half of a JSON", send_body(b'{"content": ['), NO_ANSWER),
    Case("null", send_body(None), NO_ANSWER),
    Case("a list", send_body([make_message(NOTHING)]), NO_ANSWER),
    Case("another API's answer", send_body({"choices": [{"message": {"content": "Hi"}}]}), NO_ANSWER),
    Case("content that is an object", send_body(make_message() | {"content": NOTHING}), NO_ANSWER),
    Case("an error with 200", send_body({"type": "error", "error": {"message": KEY}}), NO_ANSWER),
    Case("a stream", send_body(b"event: message_start\ndata: {}\n\n"), NO_ANSWER),
    Case("a number of 5000 digits", swap(b"12", b"9" * 5_000), NO_ANSWER),
    Case("100,000 brackets", send_body(b"[" * 100_000), NO_ANSWER),
    Case("bytes that are no text", send_body(b"\xff\xfe\xfa" * 100), NO_ANSWER),
    Case("an answer of megabytes", send_body(json.dumps({"content": "x" * 3_600_000}).encode()),
         NO_ANSWER),
    Case("a gigabyte in a zip", send_body(gzip.compress(bytes(10**7)), content_encoding="gzip"),
         NO_ANSWER),
    Case("a zip that is none", send_body(b"no zip", content_encoding="gzip"), BROKEN_OFF),
    Case("hanging up at once", send_bytes(), BROKEN_OFF),
    Case("hanging up in the body", send_body(b"{", content_length="100"), BROKEN_OFF),
    Case("no HTTP", send_bytes(b"SSH-2.0-OpenSSH_9.6\r\n"), BROKEN_OFF),
    Case("redirects in a circle",
         send_body(b"", "307 Temporary Redirect", location="/v1/messages"), BROKEN_OFF),
    Case("an error page of megabytes", send_body(HTML, "500 Oh No", content_type="text/html"), FAULT),
    Case("an error that is no text", send_body(b"\xff\0", "500 Oh No"), FAULT),
    Case("an error in a charset that is none",
         send_body(b"no", "500 Oh No", content_type="text/plain; charset=zip"), FAULT),
    Case("an error with the traceback",
         refuse("500 Oh No", "Traceback: ValueError\nCONTEXT:  PL/pgSQL function f()"), FAULT),
    Case("599", send_body(None, "599 ?"), "The model's server failed (599)." + MORE),
    *(
        Case(f"retry-after {value[:20].replace('.', '_')}",
             refuse("429 Slow Down", retry_after=value), BUSY)
        for value in (
            "0", "-5", "0.01", "1e-2", "1e999", "nan", "\u00b2", "soon", "", "9" * 5_000, "1, 2",
            "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 99 Oct 2015 99:99:99 XYZ", "+",
            "Sat, 31 Dec 9999 23:59:59 -2359",
            format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True),
        )
    ),
    # What never ends by itself.
    Case("a body that trickles", repeat(b"HTTP/1.1 200 OK\r\n\r\n", b" "), LATE),
    Case("a header that trickles", repeat(b"HTTP/1.1 200 OK\r\nx-slow: ", b"x"), LATE),
    Case("an error that trickles", repeat(b"HTTP/1.1 500 Oh No\r\n\r\n", b"x"), LATE),
    Case("headers without end", repeat(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 9_999 + b"\r\n", 0),
         BROKEN_OFF),
    Case("100 Continue without end", repeat(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.001), LATE),
    Case("a body without end", repeat(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 9_999, 0), NO_ANSWER),
    Case("an error without end", repeat(b"HTTP/1.1 500 Oh No\r\n\r\n", b"x" * 9_999, 0), FAULT),
    Case("silence", repeat(b"", b""), LATE),
]  # fmt: skip

RUNS = """
    SELECT status, error, attempts, model, input_tokens, output_tokens,
        cache_creation_input_tokens, cache_read_input_tokens
    FROM runs WHERE thread_id = %s AND from_seq = 1
"""
IS_BUSY = """
    SELECT EXISTS (SELECT FROM memberships WHERE due_since IS NOT NULL)
        OR EXISTS (SELECT FROM runs WHERE status = 'running')
"""


@pytest.fixture(scope="module")
def ended(server_url: str, template: str) -> Iterator[dict[str, Ended]]:
    """How the run of each case ended: one worker has them all, in threads of their own."""
    with (
        pytest.MonkeyPatch.context() as patch,
        hostile_server({case.name: case.answer for case in CASES}) as address,
    ):
        patch.setattr("burn_core.runs.run._MAX_WAIT_SECONDS", 0.01)
        patch.setattr("burn_core.runs.run.MAX_GOES", 2)
        patch.setattr("burn_core.runs.circuit.MOST_FAILURES", 1_000_000)
        for url in make_database(server_url, template):
            yield work(url, address)


@contextmanager
def working(url: str, model: Claude) -> Iterator[None]:
    """A worker in a thread of this process."""
    # Some of the answers say that they took billions of tokens.
    no_caps = {name: 0 for name in Settings.model_fields if "_per_" in name}
    values = {"anthropic_base_url": "http://model.example"} | no_caps
    settings = Settings.model_validate(values)
    with running_here(Worker(settings, url, model)):
        yield


def work(url: str, address: str) -> dict[str, Ended]:
    hand = Hand(url)
    hand.type("ALTER TABLE runs DISABLE TRIGGER hand_back")  # one run for each case
    ada = hand.make_user("ada")
    threads = {case.name: hand.make_thread(ada, agents=["sarah"]) for case in CASES}
    for name, thread_id in threads.items():
        hand.say(thread_id, ada, f"case {name}.")
    with working(url, Claude(KEY, address, SECONDS)):
        wait_for(lambda: not hand.value(IS_BUSY), 60)
    rows = {name: hand.type(RUNS, thread_id) for name, thread_id in threads.items()}
    assert {name: len(each) for name, each in rows.items() if len(each) != 1} == {}
    return {
        name: Ended(status, line, attempts, model, tokens)
        for name, ((status, line, attempts, model, *tokens),) in rows.items()
    }


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_run_ends_done_or_with_one_plain_line(ended: dict[str, Ended], case: Case) -> None:
    run = ended[case.name]
    assert (run.status, run.line) == ("failed" if case.line else "done", case.line)
    assert case.tokens is None or run.tokens[0] == case.tokens
    assert run.attempts > 0


def test_no_line_is_long_or_says_what_only_hosts_should_know(ended: dict[str, Ended]) -> None:
    for run in ended.values():
        line = run.line or ""
        assert len(line) <= 300
        assert line.isprintable()
        assert not re.search(r"Error|Exception|Traceback|CONTEXT|127\.0\.0\.1|internal", line)
        assert KEY not in line


def test_a_name_that_no_row_can_hold_gives_way_to_the_one_that_was_asked(
    ended: dict[str, Ended],
) -> None:
    asked = Settings(_env_file=None).burn_model
    assert ended["a good answer"].model == "claude-test"
    for name in CASES:
        if "model's name" in name.name:
            assert ended[name.name].model in (asked, "\ufffd")


def test_answers_that_trickle_hold_no_place_beyond_their_deadline(
    url: str, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burn_core.runs.run.MAX_GOES", 1)
    monkeypatch.setattr("burn_core.runs.circuit.MOST_FAILURES", 100)
    hand.type("ALTER TABLE runs DISABLE TRIGGER hand_back")
    ada = hand.make_user("ada")
    slow = [hand.make_thread(ada, agents=["sarah"]) for _ in range(16)]
    for thread_id in slow:
        hand.say(thread_id, ada, "case slow.")
    last = hand.make_thread(ada, agents=["sarah"])
    hand.say(last, ada, "case good.")
    answers = {"slow": repeat(b"HTTP/1.1 200 OK\r\n\r\n", b" "), "good": send(NOTHING)}
    with hostile_server(answers) as address, working(url, Claude(KEY, address, 1.5)):
        wait_for(lambda: hand.list_tool_uses(last), 20)
        wait_for(lambda: not hand.value(IS_BUSY), 20)
    failed = hand.type("SELECT thread_id, error FROM runs WHERE status = 'failed'")
    assert {thread_id for thread_id, _ in failed} == set(slow)
    assert {error for _, error in failed} == {"The model gave no answer within 1.5 s."}
