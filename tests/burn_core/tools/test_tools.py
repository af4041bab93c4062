"""Tools: which uses are valid in a thread, and what the model is told about those that aren't."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from burn_core.errors import ToolError
from burn_core.model import ToolUse
from burn_core.tools import TOOLS, validate
from tests.making import ADA, BOB, SARAH, make_snapshot, make_system, make_text

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


def use(name: str, **input: Any) -> None:
    validate(TOOLS, SNAPSHOT, ToolUse("toolu_1", name, input))


def test_valid_uses_are_accepted() -> None:
    use("ask_user_about_themselves", subject=str(ADA.id), question="What do you do?")
    use("extract_facts", facts=[FACT, FACT | {"object": "go", "confidence": 1}])
    use("roast_user", subject=str(ADA.id), roast="Ha." * 90)
    use("do_nothing")


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
