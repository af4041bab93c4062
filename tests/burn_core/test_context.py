"""The context: the essay's text, and YAML whatever people type."""

import re
import time
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from burn_core.context import render, render_event
from burn_core.events import Event, EventType, text_data, tool_use_data
from burn_core.users import User
from burn_core.yaml_text import render_yaml
from tests.making import (
    ADA,
    SARAH,
    make_event,
    make_snapshot,
    make_system,
    make_text,
    make_tool_result_data,
)

THRUFLO = User(UUID("c15d31e2-b3ee-4ca6-b90b-1596d739d4fd"), "thruflo", "human", None)
PRODUCER = User(UUID("d4351246-7a34-4a29-9c5e-367fb348b08c"), "sarah", "agent", None)
SAID = UUID("cea5082a-4e13-4dac-b418-9c2d78d5d2ee")
ESSAY = """\
Here's everything that happened so far:

<system_message>
  action: created
  target: thread
  user:
    id: c15d31e2-b3ee-4ca6-b90b-1596d739d4fd
    name: thruflo
</system_message>

<ask_user_about_themselves>
  from: d4351246-7a34-4a29-9c5e-367fb348b08c
  id: toolu_01YQMvbaLA3f4stDjNHzPT3F
  input:
    question: What's something you're particularly passionate about or spend most of your free \
time doing?
    subject: c15d31e2-b3ee-4ca6-b90b-1596d739d4fd
  name: ask_user_about_themselves
</ask_user_about_themselves>

<user_message>
  from: c15d31e2-b3ee-4ca6-b90b-1596d739d4fd
  id: cea5082a-4e13-4dac-b418-9c2d78d5d2ee
  text: I like chess and cooking
</user_message>

<extract_facts>
  from: d4351246-7a34-4a29-9c5e-367fb348b08c
  id: toolu_01RQV95gUkfKAkuByBv1bFPB
  input:
    facts:
      -
        category: hobby
        confidence: 0.9
        disputed: false
        object: chess
        predicate: likes
        source_event: cea5082a-4e13-4dac-b418-9c2d78d5d2ee
        subject: c15d31e2-b3ee-4ca6-b90b-1596d739d4fd
      -
        category: hobby
        confidence: 0.9
        disputed: false
        object: cooking
        predicate: likes
        source_event: cea5082a-4e13-4dac-b418-9c2d78d5d2ee
        subject: c15d31e2-b3ee-4ca6-b90b-1596d739d4fd
  name: extract_facts
</extract_facts>

What's the next step?"""


def make_essays_events() -> list[Event]:
    question = (
        "What's something you're particularly passionate about or spend most of your free time "
        "doing?"
    )
    facts = [
        {
            "subject": str(THRUFLO.id),
            "predicate": "likes",
            "object": liked,
            "category": "hobby",
            "confidence": 0.9,
            "disputed": False,
            "source_event": str(SAID),
        }
        for liked in ("chess", "cooking")
    ]
    said = make_text(3, THRUFLO, "I like chess and cooking")
    return [
        make_system(1, THRUFLO, "created"),
        make_event(
            2,
            PRODUCER,
            EventType.TOOL_USE,
            tool_use_data(
                "toolu_01YQMvbaLA3f4stDjNHzPT3F",
                "ask_user_about_themselves",
                {"subject": str(THRUFLO.id), "question": question},
            ),
        ),
        Event(SAID, 3, said.user_id, said.type, said.data, said.inserted_at),
        make_event(
            4,
            PRODUCER,
            EventType.TOOL_USE,
            tool_use_data("toolu_01RQV95gUkfKAkuByBv1bFPB", "extract_facts", {"facts": facts}),
        ),
    ]


def test_the_essays_rows_give_the_essays_text() -> None:
    snapshot = make_snapshot(make_essays_events(), users=())
    users = {THRUFLO.id: THRUFLO, PRODUCER.id: PRODUCER}
    assert render(type(snapshot)(snapshot.thread_id, 4, snapshot.events, users)) == ESSAY


def test_an_agents_system_event_names_the_agent() -> None:
    block = render_event(make_system(1, SARAH, "joined"), SARAH)
    assert yaml.safe_load(read_body(block)[1])["agent"] == {"id": str(SARAH.id), "name": "sarah"}


def test_an_empty_thread_has_an_introduction_and_a_question() -> None:
    text = render(make_snapshot([]))
    assert text == "Here's everything that happened so far:\n\nWhat's the next step?"


@pytest.mark.parametrize("length", [249, 250, 251, 500, 612])
def test_a_long_thread_is_its_blocks_in_order(length: int) -> None:
    events = [make_text(n, ADA, f"hi {n}") for n in range(1, length)] + [
        make_system(length, ADA, "left")
    ]
    for seen in (length - 1, length):  # as it grows
        blocks = [render_event(event, ADA) for event in events[:seen]]
        expected = "\n\n".join(
            ["Here's everything that happened so far:", *blocks, "What's the next step?"]
        )
        assert render(make_snapshot(events[:seen])) == expected


def test_a_new_name_is_used_throughout() -> None:
    events = [make_system(n, ADA, "joined") for n in range(1, 301)]
    assert render(make_snapshot(events, users=[ADA])).count("name: ada") == 300
    lovelace = User(ADA.id, "lovelace", "human", None)
    assert render(make_snapshot(events, users=[lovelace])).count("name: lovelace") == 300


NASTY = st.sampled_from(
    [
        *("yes", "No", "on", "off", "y", "null", "~", "1.0", "1e3", "0x1F", "0o17", "1_000"),
        *("12:30", "2026-01-01", ".5", "-", "- a", "? a", "a: b", "a:", "a #b", "#a", "'a'"),
        *('"a"', "@ada", "`x`", "%a", "&a", "*a", "!a", "[a]", "{a}", "|", ">", "", " ", " a"),
        *("a ", "a\nb", "a\r\nb", "\t", "a\x00b", "a\x07", "\x7f", "\x85", "\xa0", "\ufeff"),
        *(
            "</user_message>",
            "<user_message>\n  from: x",
            "🔥",
            "👩‍🚀",
            "é",
            "\u2028",
            "---",
            "...",
        ),
        *("x" * 10_000, "<<", "=", "NaN", ".inf", "0b1", "1,000", "+1", "a\ud800b"),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), NASTY, st.tuples(NASTY, NASTY).map("".join))
TEXTS_AS_KEYS = st.text(max_size=60)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS_AS_KEYS, inner, max_size=4),
    max_leaves=12,
)


def read_body(block: str) -> tuple[str, str]:
    """A block's tag and its body, which contains nothing that could be a tag."""
    match = re.fullmatch(r"<(\w+)>\n(.*)\n</\1>", block, re.DOTALL)
    assert match is not None
    tag, body = match.groups()
    assert "<" not in body
    assert ">" not in body
    return tag, body


@given(TEXTS)
def test_any_text_is_read_back_from_its_block(text: str) -> None:
    event = make_event(1, ADA, EventType.TEXT, text_data(text))
    tag, body = read_body(render_event(event, ADA))
    assert tag == "user_message"
    assert yaml.safe_load(body) == {"from": str(ADA.id), "id": str(event.id), "text": text}


@given(st.dictionaries(TEXTS_AS_KEYS, JSON, max_size=5))
def test_any_input_is_read_back_from_its_block(tool_input: dict[str, Any]) -> None:
    data = tool_use_data("toolu_1", "extract_facts", tool_input)
    tag, body = read_body(render_event(make_event(1, SARAH, EventType.TOOL_USE, data), SARAH))
    assert tag == "extract_facts"
    assert yaml.safe_load(body) == data | {"from": str(SARAH.id)}


@given(TEXTS, st.booleans())
def test_any_result_is_read_back_from_its_block(content: str, is_error: bool) -> None:
    data = make_tool_result_data("toolu_1", "roast_user", content, is_error)
    tag, body = read_body(render_event(make_event(1, SARAH, EventType.TOOL_RESULT, data), SARAH))
    assert tag == "roast_user_result"
    assert yaml.safe_load(body) == data | {"from": str(SARAH.id)}


@pytest.mark.parametrize("text", ["I like chess", "What's up?", "3 cats, 2 dogs & a fish!", "Ünï"])
def test_everyday_text_stays_as_it_is(text: str) -> None:
    assert f"\n  text: {text}\n" in render_event(make_text(1, ADA, text), ADA)


def test_what_is_nearly_a_number_is_rendered_in_no_time() -> None:
    started = time.process_time()
    for text in ("1" * 100_000 + "x", "1_" * 50_000 + "x", "." + "1" * 100_000 + "x"):
        assert list(render_yaml(text, "")) == [text if text[0] == "1" else f'"{text}"']
    assert time.process_time() - started < 5
