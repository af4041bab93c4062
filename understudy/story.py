"""A thread as its context tells it: who is in it, and what was said, asked, learned and joked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from understudy.blocks import Block, read_blocks


@dataclass(frozen=True, slots=True)
class Said:
    """A person wrote something. `tapped_out` are the people who had tapped out by then."""

    at: int
    id: str
    by: str
    text: str
    tapped_out: frozenset[str]

    @property
    def is_off_the_record(self) -> bool:
        return self.by in self.tapped_out


@dataclass(frozen=True, slots=True)
class Happened:
    """A system event and the person concerned: they joined, left, renamed the thread…"""

    at: int
    action: str
    person: str


@dataclass(frozen=True, slots=True)
class Asked:
    at: int
    subject: str
    question: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as recorded by an earlier tool use."""

    at: int
    subject: str
    predicate: str
    object: str
    category: str
    source_event: str
    disputed: bool = False
    id: str = ""
    beware: bool = False  # it says that it isn't to be told as true

    @property
    def is_usable(self) -> bool:
        """Whether it has words, which its person may have had forgotten, and can be told as true."""
        return bool(self.object) and not self.beware

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal for facts that say the same."""
        return self.subject, self.predicate.casefold(), self.object.casefold()


@dataclass(frozen=True, slots=True)
class Learned:
    at: int
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Roasted:
    at: int
    by: str
    subject: str
    roast: str


Entry = Said | Happened | Asked | Learned | Roasted


@dataclass(frozen=True)
class Story:
    """What the context says, in order. `names` has only the names that it states."""

    entries: list[Entry] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    tapped_out: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    agent_names: set[str] = field(default_factory=set)

    @property
    def present(self) -> list[str]:
        """The people who can be asked and roasted, in order of appearance."""
        out = self.gone | self.tapped_out
        return [person for person in self.people if person not in out]

    @property
    def newest(self) -> Entry | None:
        return self.entries[-1] if self.entries else None

    def said(self, by: str | None = None) -> list[Said]:
        return [e for e in self.entries if isinstance(e, Said) and by in (None, e.by)]

    def asked(self, subject: str | None = None) -> list[Asked]:
        return [e for e in self.entries if isinstance(e, Asked) and subject in (None, e.subject)]

    def facts(self) -> list[Fact]:
        return [fact for e in self.entries if isinstance(e, Learned) for fact in e.facts]

    def facts_about(self, subject: str) -> list[Fact]:
        """Those that can be told as true."""
        return [fact for fact in self.facts() if fact.subject == subject and fact.is_usable]

    def roasts(self) -> list[Roasted]:
        return [e for e in self.entries if isinstance(e, Roasted)]


def read_story(context: str) -> Story:
    """Read a context. Unknown blocks, actions and tools are skipped."""
    blocks = read_blocks(context)
    refused = _refused_tool_uses(blocks)
    story = Story()
    for at, block in enumerate(blocks):
        if block.data.get("id") not in refused:
            _READERS.get(block.tag, _read_nothing)(story, at, block.data)
    return story


def _refused_tool_uses(blocks: Iterable[Block]) -> set[str]:
    return {
        _text(block.data, "tool_use_id")
        for block in blocks
        if block.tag.endswith("_result") and _text(block.data, "is_error") == "true"
    }


def _read_nothing(story: Story, at: int, data: Mapping[str, Any]) -> None:
    """Skip a block that tells the understudy nothing."""


def _read_system(story: Story, at: int, data: Mapping[str, Any]) -> None:
    if agent := _text(_mapping(data, "agent"), "name"):
        story.agent_names.add(agent)
    if user := _read_name(story, data, "user"):
        _meet(story, user)
    # Somebody added or removed may be an agent, so only those who act count as people.
    if not (whom := _read_name(story, data, "member") or user):
        return
    match action := _text(data, "action"):
        case "left" | "removed":
            story.gone.add(whom)
        case "created" | "joined" | "added":
            story.gone.discard(whom)
        case "tapped_out":
            story.tapped_out.add(whom)
        case "tapped_in":
            story.tapped_out.discard(whom)
    story.entries.append(Happened(at, action, whom))


def _read_name(story: Story, data: Mapping[str, Any], key: str) -> str:
    """The id of the user whom an event names, or ''."""
    user = _mapping(data, key)
    person, name = _text(user, "id"), _text(user, "name")
    if person and name:
        story.names[person] = name
    return person


def _read_said(story: Story, at: int, data: Mapping[str, Any]) -> None:
    if person := _text(data, "from"):
        _meet(story, person)
        # A person who writes is present, even if no system event said that they came back.
        story.gone.discard(person)
        tapped_out = frozenset(story.tapped_out)
        said = Said(at, _text(data, "id"), person, _text(data, "text"), tapped_out)
        story.entries.append(said)


def _read_asked(story: Story, at: int, data: Mapping[str, Any]) -> None:
    asked = _mapping(data, "input")
    story.entries.append(Asked(at, _text(asked, "subject"), _text(asked, "question")))


def _read_learned(story: Story, at: int, data: Mapping[str, Any]) -> None:
    facts = _mapping(data, "input").get("facts")
    rows = facts if isinstance(facts, list) else []
    ids = data.get("fact_ids")
    named = zip_longest(rows, (ids if isinstance(ids, list) else [])[: len(rows)])
    read = tuple(_fact(at, row, id) for row, id in named if isinstance(row, dict))
    story.entries.append(Learned(at, read))


def _fact(at: int, row: Mapping[str, Any], id: object) -> Fact:
    return Fact(
        at,
        _text(row, "subject"),
        _text(row, "predicate"),
        _text(row, "object"),
        _text(row, "category"),
        _text(row, "source_event"),
        _text(row, "disputed") == "true",
        id if isinstance(id, str) else "",
        "beware" in row,
    )


def _read_roasted(story: Story, at: int, data: Mapping[str, Any]) -> None:
    told = _mapping(data, "input")
    roast = Roasted(at, _text(data, "from"), _text(told, "subject"), _text(told, "roast"))
    story.entries.append(roast)


def _meet(story: Story, person: str) -> None:
    if person not in story.people:
        story.people.append(person)


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


_READERS: dict[str, Callable[[Story, int, Mapping[str, Any]], None]] = {
    "system_message": _read_system,
    "user_message": _read_said,
    "ask_user_about_themselves": _read_asked,
    "extract_facts": _read_learned,
    "roast_user": _read_roasted,
}
