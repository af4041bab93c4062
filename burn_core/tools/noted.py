"""What is written down already in a thread, so that nothing is twice and the newest is in force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from burn_core.events import Event, EventType
from burn_core.standing import Standing, find_standings, list_ids
from db.schema import Json

# Of these, a person has one at a time.
_ONE_VALUED = frozenset(
    [
        "livesin",
        "worksas",
        "isaged",
        "age",
        "isnamed",
        "iscalled",
        "isfrom",
        "comesfrom",
        "wasbornin",
        "grewupin",
        "ismarriedto",
    ]
)


@dataclass(frozen=True, slots=True)
class Noted:
    """A fact in force. settled_seq is that of the event that last said how it stands."""

    id: UUID
    subject: str
    predicate: str
    object: str
    is_disputed: bool
    is_hearsay: bool
    settled_seq: int

    def says(self, subject: UUID, predicate: str, object: str) -> bool:
        """Whether it is the same fact."""
        return (self.subject, self.predicate, self.object) == (
            str(subject),
            without_case_and_spaces(predicate),
            without_case_and_spaces(object),
        )

    def stands(self, is_disputed: bool) -> bool:
        """Whether its person has said that it is so, or that it isn't."""
        return not self.is_hearsay and self.is_disputed == is_disputed

    def gives_way_to(self, subject: UUID, predicate: str) -> bool:
        """Whether it can't be true beside a newer fact with this predicate."""
        same = (self.subject, self.predicate) == (str(subject), without_case_and_spaces(predicate))
        return same and self.predicate in _ONE_VALUED


def without_case_and_spaces(text: str) -> str:
    """A predicate or an object as two facts that are the same have it. C and C++ are not the same."""
    return "".join(text.casefold().split())


def list_noted(events: Sequence[Event]) -> list[Noted]:
    """The facts in force, oldest first, as far as events tell: of one typed by hand, none does."""
    standings = find_standings(events)
    answered = {
        str(event.data.get("fact")): event.seq
        for event in events
        if event.type == EventType.SYSTEM and event.data["action"] in ("confirmed", "disputed")
    }
    noted: dict[str, Noted] = {}
    for event, id, note in _list_notes(events):
        standing = standings.get(id)
        if id in noted or standing == Standing.SUPERSEDED or "forgotten" in note:
            continue
        is_answered = standing in (Standing.CONFIRMED, Standing.DISPUTED)
        noted[id] = Noted(
            UUID(id),
            str(note.get("subject")).lower(),
            without_case_and_spaces(str(note.get("predicate"))),
            without_case_and_spaces(str(note.get("object"))),
            standing == Standing.DISPUTED if is_answered else note.get("disputed") is True,
            standing == Standing.HEARSAY,
            answered.get(id, event.seq),
        )
    return list(noted.values())


def list_forgotten(events: Sequence[Event]) -> set[tuple[str, str]]:
    """The ids of the person and of the message, of each fact that was forgotten."""
    return {
        (str(note.get("subject")).lower(), str(note.get("source_event")).lower())
        for _, _, note in _list_notes(events)
        if "forgotten" in note
    }


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _list_notes(events: Sequence[Event]) -> Iterator[tuple[Event, str, Json]]:
    for event in events:
        if event.type != EventType.TOOL_USE or event.data["name"] != "extract_facts":
            continue
        notes = event.data["input"].get("facts")
        if isinstance(notes, list):
            for id, note in zip(list_ids(event.data, "fact_ids"), notes, strict=False):
                if isinstance(note, dict) and _read_id(id) is not None:
                    yield event, id, note
