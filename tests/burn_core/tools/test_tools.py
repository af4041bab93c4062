"""Tools: which uses are valid in a thread, and what the model is told about those that aren't."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from burn_core.errors import ToolError
from burn_core.events import Event, EventType
from burn_core.model import ToolUse
from burn_core.snapshot import Snapshot
from burn_core.tools import TOOLS, ToolCall, validate
from tests.making import ADA, BOB, SARAH, make_event, make_snapshot, make_system, make_text

TEXT = make_text(2, ADA, "I like chess")
SNAPSHOT = make_snapshot([make_system(1, ADA, "created"), TEXT], users=[ADA, SARAH])
FACT = {
    "subject": str(ADA.id),
    "predicate": "likes",
    "object": "chess",
    "category": "hobby",
    "confidence": 0.9,
    "disputed": False,
    "source_event": str(TEXT.id),
}


def use(name: str, **input: Any) -> ToolCall:
    return validate(TOOLS, SNAPSHOT, ToolUse("toolu_1", name, input))


@pytest.mark.parametrize(
    ("name", "input"),
    [
        ("ask_user_about_themselves", {"subject": str(ADA.id), "question": "What do you do?"}),
        ("extract_facts", {"facts": [FACT, FACT | {"object": "go", "confidence": 1}]}),
        ("roast_user", {"subject": str(ADA.id), "roast": "Ha." * 90}),
        ("do_nothing", {}),
    ],
)
def test_a_valid_use_becomes_a_call_with_what_the_model_wrote(
    name: str, input: dict[str, Any]
) -> None:
    data = use(name, **input).data
    assert (data["id"], data["name"]) == ("toolu_1", name)
    assert data["input"] == input


@pytest.mark.parametrize("subject", [SARAH.id, BOB.id, "ada", "", None])
def test_a_subject_must_be_a_person_in_the_thread(subject: object) -> None:
    with pytest.raises(ToolError, match="subject"):
        use("roast_user", subject=subject and str(subject), roast="Ha.")


def test_the_error_for_a_wrong_subject_lists_the_people() -> None:
    with pytest.raises(ToolError, match=rf"{ADA.id} \(ada\)"):
        use("roast_user", subject=str(BOB.id), roast="Ha.")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source_event": str(ADA.id)}, "source_event .* is not a message"),
        ({"source_event": str(SNAPSHOT.events[0].id)}, "source_event .* is not a message"),
        ({"confidence": 0.95}, "confidence: .* 0.1, 0.2"),
        ({"confidence": 0}, "confidence"),
        ({"confidence": 1.1}, "confidence"),
        ({"object": " "}, "object: .* at least 1 character"),
        ({"disputed": "perhaps"}, "disputed"),
        ({"extra": 1}, "extra: Extra inputs"),
        ({"object": "che\x00ss"}, "can't be stored"),
        ({"object": "che\ud800ss"}, "valid string"),
    ],
)
def test_an_invalid_fact_is_sent_back(change: dict[str, object], words: str) -> None:
    with pytest.raises(ToolError, match=words):
        use("extract_facts", facts=[FACT | change])


def test_a_roast_has_at_most_280_characters() -> None:
    use("roast_user", subject=str(ADA.id), roast="x" * 280)
    with pytest.raises(ToolError, match="280 characters"):
        use("roast_user", subject=str(ADA.id), roast="x" * 281)


def test_a_roast_cites_only_facts_about_its_subject() -> None:
    hers, his = uuid4(), uuid4()
    snapshot = replace(
        make_snapshot([TEXT], users=[ADA, BOB]), subjects={hers: ADA.id, his: BOB.id}
    )

    def cite(*facts: UUID) -> None:
        cited = [str(fact) for fact in facts]
        input = {"subject": str(ADA.id), "roast": "Ha.", "facts": cited}
        validate(TOOLS, snapshot, ToolUse("toolu_1", "roast_user", input))

    cite()
    cite(hers)
    for fact in (his, uuid4()):
        with pytest.raises(ToolError, match=f"{fact} is not a fact about {ADA.id}"):
            cite(hers, fact)


def test_an_agent_can_use_only_its_own_tools() -> None:
    with pytest.raises(ToolError, match=r"There is no tool 'roast_user'\. Use one of: do_nothing"):
        validate(
            {"do_nothing": TOOLS["do_nothing"]}, SNAPSHOT, ToolUse("toolu_1", "roast_user", {})
        )


@pytest.mark.parametrize("name", TOOLS)
def test_schemas_are_strict_and_explain_every_field(name: str) -> None:
    definition = TOOLS[name].definition
    assert definition["strict"] is True
    for schema in list_objects(definition["input_schema"]):
        assert schema["additionalProperties"] is False
        assert set(schema.get("required", [])) == set(schema["properties"])
        assert all("description" in field for field in schema["properties"].values())
    assert json.dumps(definition)


def list_objects(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *schema.get("$defs", {}).values()]


@pytest.mark.parametrize(
    ("name", "input"),
    [
        ("ask_user_about_themselves", {"subject": str(ADA.id), "question": "Well?"}),
        ("roast_user", {"subject": str(ADA.id), "roast": "Ha."}),
        ("extract_facts", {"facts": [FACT]}),
    ],
)
def test_a_person_who_tapped_out_is_left_alone(name: str, input: dict[str, Any]) -> None:
    snapshot = make_snapshot([TEXT], users=[ADA, BOB, SARAH], tapped_out=[ADA])
    with pytest.raises(ToolError, match=f"ada has tapped out.*{BOB.id}"):
        validate(TOOLS, snapshot, ToolUse("toolu_1", name, input))


def note(*facts: dict[str, Any], snapshot: Snapshot) -> ToolCall:
    return validate(TOOLS, snapshot, ToolUse("toolu_1", "extract_facts", {"facts": list(facts)}))


def go_on(snapshot: Snapshot, call: ToolCall | None = None, *events: Event) -> Snapshot:
    """The thread after sarah made the call, and then these."""
    noted = [make_event(snapshot.seq + 1, SARAH, EventType.TOOL_USE, call.data)] if call else []
    events = (*snapshot.events, *noted, *events)
    return replace(snapshot, seq=events[-1].seq, events=events)


@pytest.fixture
def both() -> Snapshot:
    """Ada says that she likes chess, and bob says that she likes go."""
    return make_snapshot([TEXT, make_text(3, BOB, "Ada likes go")], users=[ADA, BOB, SARAH])


def test_equal_facts_are_one_in_one_call_and_across_calls(both: Snapshot) -> None:
    same = FACT | {"object": " CHESS", "predicate": "Likes"}
    first = note(FACT, same, FACT | {"object": "tea"}, snapshot=both)
    chess, again, tea = first.data["fact_ids"]
    assert chess == again != tea
    later = note(same, FACT | {"object": "rum"}, snapshot=go_on(both, first))
    assert later.data["fact_ids"][0] == chess
    assert later.data["fact_ids"][1] not in (chess, tea)
    with pytest.raises(ToolError, match="written down already"):
        note(same, snapshot=go_on(both, first))


def test_another_persons_words_are_hearsay(both: Snapshot) -> None:
    go = FACT | {"object": "go", "source_event": str(both.events[1].id)}
    call = note(FACT, go, snapshot=both)
    assert call.data["hearsay"] == [call.data["fact_ids"][1]]
    # Her own words, later, take its place; his, again, don't.
    own = make_text(5, ADA, "Go it is")
    after = go_on(both, call, own)
    with pytest.raises(ToolError, match="written down already"):
        note(go, snapshot=after)
    confirmed = note(go | {"source_event": str(own.id)}, snapshot=after)
    assert confirmed.data["superseded"] == call.data["hearsay"]
    assert "hearsay" not in confirmed.data


def test_hearsay_takes_the_place_of_nothing(both: Snapshot) -> None:
    lives = FACT | {"predicate": "lives in", "object": "Lisbon"}
    call = note(lives, snapshot=both)
    after = go_on(both, call)
    told = lives | {"object": "Porto", "source_event": str(both.events[1].id)}
    assert "superseded" not in note(told, snapshot=after).data
    with pytest.raises(ToolError, match="takes the place of nothing"):
        note(told | {"supersedes": call.data["fact_ids"]}, snapshot=after)


def test_a_newer_fact_supersedes_an_older_one(both: Snapshot) -> None:
    lives = FACT | {"predicate": "lives in", "object": "Lisbon"}
    call = note(FACT, lives, snapshot=both)
    chess, lisbon = call.data["fact_ids"]
    after = go_on(both, call)
    moved = note(lives | {"object": "Porto"}, snapshot=after)
    assert moved.data["superseded"] == [lisbon]
    # What a person can have many of stays, unless the model says so.
    assert "superseded" not in note(FACT | {"object": "go"}, snapshot=after).data
    said = note(FACT | {"object": "go", "supersedes": [chess]}, snapshot=after)
    assert said.data["superseded"] == [chess]
    for id in (str(uuid4()), lisbon):
        with pytest.raises(ToolError, match="not a fact in force about ada"):
            note(FACT | {"object": "go", "supersedes": [id]}, snapshot=go_on(after, moved))


def test_a_known_fact_supersedes_another_where_the_model_says_so(both: Snapshot) -> None:
    call = note(FACT, FACT | {"object": "go"}, FACT | {"object": "tea"}, snapshot=both)
    chess, go, tea = call.data["fact_ids"]
    after = go_on(both, call)
    said = note(FACT | {"supersedes": [chess, go]}, FACT | {"object": "tea"}, snapshot=after)
    assert said.data["fact_ids"] == [chess, tea]
    assert said.data["superseded"] == [go]
    with pytest.raises(ToolError, match="not a fact in force about ada"):
        note(FACT | {"supersedes": [go]}, snapshot=go_on(after, said))


def test_of_two_known_facts_newer_words_keep_the_one_that_they_repeat(both: Snapshot) -> None:
    porto = FACT | {"predicate": "lives in", "object": "Porto"}
    lisbon = porto | {"object": "Lisbon"}
    told = lisbon | {"source_event": str(both.events[1].id)}
    call = note(porto, told, snapshot=both)
    confirmed = {"action": "confirmed", "target": "fact", "fact": call.data["fact_ids"][1]}
    again = make_text(6, ADA, "Lisbon, as I said")
    after = go_on(both, call, make_event(5, ADA, EventType.SYSTEM, confirmed), again)
    with pytest.raises(ToolError, match="written down already"):
        note(lisbon, snapshot=after)
    said = note(lisbon | {"source_event": str(again.id)}, snapshot=after)
    assert said.data == said.data | {
        "fact_ids": call.data["fact_ids"][1:],
        "superseded": call.data["fact_ids"][:1],
    }


def test_a_known_fact_that_does_not_stand_as_noted_takes_the_place_of_nothing(
    both: Snapshot,
) -> None:
    go = FACT | {"object": "go"}
    call = note(FACT, go | {"source_event": str(both.events[1].id)}, snapshot=both)
    chess = call.data["fact_ids"][0]
    # Her words are older than the note, which stays hearsay.
    with pytest.raises(ToolError, match="written down already"):
        note(go | {"supersedes": [chess]}, snapshot=go_on(both, call))


def test_a_disputed_fact_comes_back_only_by_newer_words(both: Snapshot) -> None:
    call = note(FACT, snapshot=both)
    answer = {"action": "disputed", "target": "fact", "fact": call.data["fact_ids"][0]}
    again = make_text(6, ADA, "I do like chess")
    after = go_on(both, call, make_event(5, ADA, EventType.SYSTEM, answer), again)
    with pytest.raises(ToolError, match="written down already"):
        note(FACT, snapshot=after)
    back = note(FACT | {"source_event": str(again.id)}, snapshot=after)
    assert back.data["superseded"] == call.data["fact_ids"]


def test_what_was_forgotten_isnt_written_down_again(both: Snapshot) -> None:
    go = FACT | {"object": "go", "source_event": str(both.events[1].id)}
    call = note(go, snapshot=both)
    tombstone = {"forgotten": {"at": "2026-01-01", "by": str(ADA.id), "why": "wished"}}
    emptied = call.data | {"input": {"facts": [go | {"object": "", "predicate": ""} | tombstone]}}
    after = go_on(both, None, make_event(4, SARAH, EventType.TOOL_USE, emptied))
    with pytest.raises(ToolError, match=r"ada had what message .* forgotten"):
        note(go, snapshot=after)
    gone = replace(TEXT, data={"text": ""} | tombstone)
    with pytest.raises(ToolError, match=r"ada had what message .* forgotten"):
        note(FACT, snapshot=replace(both, events=(gone, *both.events[1:])))
