"""How facts stand, as models read it in the notes."""

from uuid import uuid4

import yaml

from burn_core.context import render
from burn_core.events import Event, EventType
from burn_core.standing import Standing, find_standings, mark_notes
from db.schema import Json
from tests.making import ADA, SARAH, make_event, make_snapshot, make_text, make_tool_use

CHESS, TEA = str(uuid4()), str(uuid4())


def make_notes(seq: int = 1, ids: list[str] | None = None, **more: object) -> Event:
    facts = [
        {"subject": str(ADA.id), "predicate": "likes", "object": liked, "disputed": False}
        for liked in ("chess", "tea")
    ]
    event = make_tool_use(seq, SARAH, "extract_facts", facts=facts)
    return make_event(
        seq, SARAH, EventType.TOOL_USE, event.data | {"fact_ids": ids or [CHESS, TEA]} | more
    )


def make_answer(seq: int, action: str, fact_id: str = CHESS) -> Event:
    return make_event(
        seq, ADA, EventType.SYSTEM, {"action": action, "target": "fact", "fact": fact_id}
    )


def read_notes(*events: Event) -> list[Json]:
    """The notes of the first event, as a model reads them."""
    text = render(make_snapshot(events))
    body = text.split("<extract_facts>\n")[1].split("\n</extract_facts>")[0]
    notes: list[Json] = yaml.safe_load(body)["input"]["facts"]
    return notes


def test_a_fact_of_which_nobody_says_anything_isnt_marked() -> None:
    events = (make_text(1, ADA, "hi"), make_notes(2))
    assert mark_notes(events) is events


def test_a_disputed_fact_is_marked_until_it_is_confirmed() -> None:
    notes, disputed, confirmed = (
        make_notes(),
        make_answer(2, "disputed"),
        make_answer(3, "confirmed"),
    )
    chess, tea = read_notes(notes, disputed)
    assert chess["disputed"] is True
    assert "Never tell it as true" in chess["beware"]
    assert (tea["disputed"], "beware" in tea) == (False, False)
    assert read_notes(notes, disputed, confirmed) == read_notes(notes)
    assert read_notes(notes, confirmed, disputed) == read_notes(notes, disputed)


def test_hearsay_is_marked_until_it_is_confirmed() -> None:
    notes = make_notes(hearsay=[CHESS])
    chess, tea = read_notes(notes)
    assert (chess["hearsay"], "hearsay" in tea) == (True, False)
    assert read_notes(notes, make_answer(2, "confirmed")) == read_notes(make_notes())


def test_a_fact_that_was_superseded_says_so_whatever_is_said_of_it_later() -> None:
    newer = make_notes(2, [str(uuid4())] * 2, superseded=[TEA])
    chess, tea = read_notes(make_notes(), newer, make_answer(3, "confirmed", TEA))
    assert ("superseded" in chess, tea["superseded"]) == (False, True)


def test_an_event_is_marked_once_for_all_renderings() -> None:
    events = (make_notes(), make_answer(2, "disputed"))
    assert mark_notes(events)[0] is mark_notes(events)[0]


def test_what_somebody_types_by_hand_is_left_as_it_is() -> None:
    for data in ({"fact_ids": "x"}, {"fact_ids": [[1], CHESS]}, {"fact_ids": [CHESS] * 3}):
        event = make_tool_use(1, SARAH, "extract_facts", facts=["odd"])
        odd = make_event(1, SARAH, EventType.TOOL_USE, event.data | data)
        marked, _ = mark_notes((odd, make_answer(2, "disputed")))
        assert marked.data["input"] == {"facts": ["odd"]}
    assert find_standings([make_answer(1, "disputed")]) == {CHESS: Standing.DISPUTED}
