"""How facts stand: what has become of each since it was written down, as far as a thread's events tell.

It is marked in the notes that models read. A fact of which nothing is to be said isn't marked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from itertools import zip_longest

from burn_core.events import Event, EventType
from db.schema import Json


class Standing(StrEnum):
    HEARSAY = "hearsay"  # from another person's words
    CONFIRMED = "confirmed"  # its person said that it is so
    DISPUTED = "disputed"  # its person said that it isn't so
    SUPERSEDED = "superseded"  # a newer one has taken its place


Standings = Mapping[str, Standing]
# What is in a part of a thread: how facts come to stand, in order, and the facts that it notes.
_Read = tuple[tuple[tuple[str, Standing], ...], frozenset[str]]
_PART = 250  # events

# What each adds to a note.
_MARKS: dict[Standing, Json] = {
    Standing.HEARSAY: {
        "hearsay": True,
        "beware": "Somebody else said this. Never tell it as true unless the person confirms it.",
    },
    Standing.CONFIRMED: {"disputed": False},
    Standing.DISPUTED: {
        "disputed": True,
        "beware": "The person says that this isn't so. Never tell it as true.",
    },
    Standing.SUPERSEDED: {
        "superseded": True,
        "beware": "This was so. A newer fact has taken its place.",
    },
}


def find_standings(events: Sequence[Event]) -> Standings:
    """How facts stand after these events, by their ids."""
    return _settle(map(_read_part, _cut(tuple(events))))


def mark_notes(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events, with notes that say how their facts stand. Events without such facts are the same."""
    parts = _cut(events)
    read = [_read_part(part) for part in parts]
    standings = _settle(read)
    if not standings:
        return events
    marked: list[Event] = []
    for part, (_, fact_ids) in zip(parts, read, strict=True):
        if fact_ids.isdisjoint(standings):
            marked += part
        else:
            marked += [_mark_event(event, standings) for event in part]
    return tuple(marked)


def _cut(events: tuple[Event, ...]) -> list[tuple[Event, ...]]:
    return [events[start : start + _PART] for start in range(0, len(events), _PART)]


# A long thread is read part by part, so that only its end is read again.
@lru_cache(maxsize=400)
def _read_part(events: tuple[Event, ...]) -> _Read:
    changes: list[tuple[str, Standing]] = []
    fact_ids: set[str] = set()
    for event in events:
        data = event.data
        if event.type == EventType.SYSTEM and data["action"] in ("confirmed", "disputed"):
            changes.append((str(data.get("fact")), Standing(data["action"])))
        elif event.type == EventType.TOOL_USE and data["name"] == "extract_facts":
            fact_ids.update(list_ids(data, "fact_ids"))
            changes += [(id, Standing.HEARSAY) for id in list_ids(data, "hearsay")]
            changes += [(id, Standing.SUPERSEDED) for id in list_ids(data, "superseded")]
    return tuple(changes), frozenset(fact_ids)


def _settle(read: Iterable[_Read]) -> dict[str, Standing]:
    standings: dict[str, Standing] = {}
    for changes, _ in read:
        for fact_id, standing in changes:
            # What a newer fact has superseded stays so, whatever is said of it later.
            if standings.get(fact_id) != Standing.SUPERSEDED:
                standings[fact_id] = standing
    return standings


def _mark_event(event: Event, standings: Standings) -> Event:
    ids = list_ids(event.data, "fact_ids")
    if standings.keys().isdisjoint(ids):
        return event
    return _mark(event, tuple(standings.get(id) for id in ids))


# The same event each time, so that it is rendered once.
@lru_cache(maxsize=10_000)
def _mark(event: Event, standings: tuple[Standing | None, ...]) -> Event:
    data = {key: value for key, value in event.data.items() if key != "hearsay"}
    notes = data["input"].get("facts")
    if not isinstance(notes, list):
        return event
    marked = [
        note | _MARKS[standing] if standing and isinstance(note, dict) else note
        for note, standing in zip_longest(notes, standings[: len(notes)])
    ]
    return replace(event, data=data | {"input": data["input"] | {"facts": marked}})


def list_ids(data: Json, key: str) -> list[str]:
    """The ids in a list of an event's data. Anybody can type others' events in psql."""
    ids = data.get(key)
    return [str(id) for id in ids] if isinstance(ids, list) else []
