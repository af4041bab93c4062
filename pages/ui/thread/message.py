"""One chat message, in the words that the screen shows."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from burn_core.events import Event, EventType
from burn_core.room.transcript import Message, count_subjects, normalise_id
from db.schema import Json


class Badge(TypedDict):
    """A label beside the author's name."""

    label: str
    kind: str  # question, roast or quiet


class MessageLine(TypedDict):
    """What messages.js draws: either the author's words with badges, or a note."""

    seq: int
    author: str
    at: str
    badges: list[Badge]
    words: NotRequired[str]
    note: NotRequired[str]
    kind: NotRequired[str]  # a note's kind: event or facts


# Tools whose use shows as a message: the kind of badge, and the input field with the words.
_TOOLS = {"ask_user_about_themselves": ("question", "question"), "roast_user": ("roast", "roast")}
_FORGOTTEN = "these words were forgotten, as the person whom they were about wished"
_ACTIONS = {
    "created": "started the thread",
    "joined": "joined",
    "left": "left",
    "became_owner": "became the owner",
    "added": "added {member}",
    "removed": "removed {member}",
    "let_in": "let {member} join again",
    "renamed": "renamed the thread",
    "closed": "closed the thread",
    "reopened": "reopened the thread",
    "renewed_invitation": "made a new invite link",
    "shared": "shared a spectator link",
    "unshared": "revoked the spectator link",
    "tapped_out": "tapped out: agents will leave them alone",
    "tapped_in": "is fair game again",
    "confirmed": "confirmed a fact about them",
    "disputed": "disputed a fact about them: agents won't take it for true",
    "forgot": "had something about them forgotten",
}


def describe_message(message: Message, names: Mapping[str, str]) -> MessageLine | None:
    """None for events that the chat doesn't show."""
    event = message.event
    line: MessageLine = {
        "seq": event.seq,
        "author": str(message.author.id),
        "at": event.inserted_at.isoformat(),
        "badges": [],
    }
    match event.type:
        case EventType.TEXT | EventType.TOOL_USE if _is_empty(event):
            return line | {"note": f"{message.author.name}: {_FORGOTTEN}", "kind": "event"}
        case EventType.TEXT:
            return line | {"words": str(event.data["text"])}
        case EventType.SYSTEM:
            return line | {"note": _describe_action(message), "kind": "event"}
        case EventType.TOOL_USE if event.data["name"] in _TOOLS:
            words = _describe_tool_use(message, names)
            return line | {"words": words, "badges": _list_badges(message)}
        case EventType.TOOL_USE if event.data["name"] == "extract_facts":
            return line | {"note": _describe_facts(event, names), "kind": "facts"}
    return None


def _is_empty(event: Event) -> bool:
    """Whether its words were forgotten. Of facts, there may be others left."""
    return event.forgotten_at is not None and event.data.get("name") != "extract_facts"


def _list_badges(message: Message) -> list[Badge]:
    name = str(message.event.data["name"])
    badges: list[Badge] = [{"label": name, "kind": _TOOLS[name][0]}]
    if message.model == "understudy":
        badges.append({"label": "understudy, no API key", "kind": "quiet"})
    return badges


def _describe_tool_use(message: Message, names: Mapping[str, str]) -> str:
    tool_input: Json = message.event.data["input"]
    words = str(tool_input.get(_TOOLS[message.event.data["name"]][1], ""))
    if not message.is_first_question:
        return words
    return f"Hi @{_get_name(names, tool_input.get('subject'))}, {words}"


def _describe_action(message: Message) -> str:
    action = str(message.event.data["action"])
    member = message.event.data.get("member")
    whom = str(member.get("name")) if isinstance(member, dict) else "somebody"
    words = _ACTIONS[action].format(member=whom) if action in _ACTIONS else action
    return f"{message.author.name} {words}"


def _describe_facts(event: Event, names: Mapping[str, str]) -> str:
    counts = count_subjects(event)
    parts = (
        f"{count} fact{'' if count == 1 else 's'} about @{_get_name(names, subject)}"
        for subject, count in counts.items()
    )
    return f"extracted {', '.join(parts)}"


def _get_name(names: Mapping[str, str], subject: object) -> str:
    return names.get(normalise_id(str(subject)), "somebody")
