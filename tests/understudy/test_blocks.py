"""Reading a context block by block."""

import json
import time
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from understudy.blocks import read_blocks


def make_block(text: str) -> str:
    return f"<user_message>\n  from: {uuid4()}\n  id: {uuid4()}\n  text: {text}\n</user_message>"


def test_every_scalar_stays_text() -> None:
    (block,) = read_blocks("<t>\n  a: 2020-01-01\n  b: 12\n  c: yes\n  d: 'x'\n</t>")
    assert dict(block.data) == {"a": "2020-01-01", "b": "12", "c": "yes", "d": "x"}


def test_an_emoji_in_two_json_escapes_is_one_character() -> None:
    (block,) = read_blocks(make_block(json.dumps("hi 😀")))
    assert block.data["text"] == "hi 😀"


def test_blocks_that_are_not_mappings_are_skipped() -> None:
    assert read_blocks("<a>\n  - 1\n</a>\n\n<b>\n  x: [\n</b>\n\n<c>\n  x: 1\n</d>") == []


@given(st.text())
def test_a_text_written_as_json_comes_back(text: str) -> None:
    quoted = json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e")
    blocks = read_blocks(make_block(quoted))
    assert [block.data["text"] for block in blocks] == [text]


def test_a_thousand_blocks_are_read_quickly() -> None:
    context = "\n\n".join(make_block(f"I like chess {n}") for n in range(1000))
    began = time.perf_counter()
    assert len(read_blocks(context)) == 1000
    unseen = time.perf_counter() - began
    read_blocks(context)
    seen = time.perf_counter() - began - unseen
    assert unseen < 1.0
    assert seen < 0.2
