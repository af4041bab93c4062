"""Reading an answer: what is taken of it, and what the model is shown of it again."""

import json
from typing import Any

import pytest

from burn_core.answer import read_answer
from burn_core.model import Usage
from db.jsonb import can_be_stored
from tests.scripted import make_block, make_message

TEXT = {"type": "text", "text": "Hm."}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}


def read(message: Any) -> Any:
    return read_answer(json.dumps(message).encode())


def test_a_whole_answer_is_taken_as_it_is() -> None:
    reply = read(make_message(THOUGHT, TEXT, make_block("roast_user", roast="Ha.")))
    assert reply.content == [THOUGHT, TEXT, make_block("roast_user", roast="Ha.")]
    assert (reply.model, reply.stop_reason) == ("claude-test", "tool_use")
    assert reply.usage == Usage(12, 3, 0, 7)


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        ({"type": "text", "text": ""}, None),
        ({"type": "text", "text": " \n"}, None),
        ({"type": "text", "text": "a\0\ud800", "citations": None}, {"type": "text", "text": "a\ufffd\ufffd"}),
        (THOUGHT | {"signature": None}, None),
        (THOUGHT | {"more": 1}, THOUGHT),
        ({"type": "redacted_thinking", "data": "x"}, {"type": "redacted_thinking", "data": "x"}),
        ({"type": "server_tool_use", "name": "x"}, None),
        (make_block("two words"), None),
        (make_block() | {"input": "{\"a\": \"b\"}"}, make_block(a="b")),
        (make_block() | {"input": "nonsense"}, make_block()),
        (make_block() | {"input": [1]}, make_block()),
        (7, None),
    ],
)  # fmt: skip
def test_only_what_the_api_takes_back_is_kept(block: Any, shown: Any) -> None:
    assert read(make_message(block)).content == ([shown] if shown else [])


@pytest.mark.parametrize("id", ["\0", "\ud800", "", "two words", "x" * 129, 7, None, ["x"]])
def test_an_id_that_is_none_is_replaced_in_both_places(id: Any) -> None:
    reply = read(make_message(make_block() | {"id": id}))
    (use,), (block,) = reply.tool_uses, reply.content
    assert use.id == block["id"]
    assert use.id.startswith("toolu_")


def test_numbers_and_texts_that_no_row_can_hold_are_left_out() -> None:
    body = json.dumps(make_message(make_block(a="A", b="B"))).encode()
    body = body.replace(b'"A"', b"-Infinity").replace(b'"B"', b'{"\\u0000": 1e999}')
    (use,) = read_answer(body).tool_uses
    assert use.input == {"a": None, "b": {"\ufffd": None}}
    assert can_be_stored(use.input)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"content": 7}', b"[" * 99_999, b"\xff", b"9" * 5_000]
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_answer(body)
