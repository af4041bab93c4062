"""The context: the text that a model reads, a pure function of a snapshot.

The format is that of the essay "Bringing agents back down to earth": a block per event, whose
YAML says what happened.
"""

from collections.abc import Mapping
from functools import lru_cache

from burn_core.events import Event, EventType
from burn_core.snapshot import Snapshot
from burn_core.standing import mark_notes
from burn_core.users import User
from burn_core.yaml_text import render_yaml

_INTRODUCTION = "Here's everything that happened so far:"
_QUESTION = "What's the next step?"
_PART_EVENTS = 250


def render(snapshot: Snapshot) -> str:
    """The thread as a model reads it. Equal rows give equal text, byte for byte."""
    events, users = mark_notes(snapshot.events), tuple(snapshot.users.values())
    start_of_rest = len(events) - len(events) % _PART_EVENTS
    parts = [
        _render_part(events[start : start + _PART_EVENTS], users)
        for start in range(0, start_of_rest, _PART_EVENTS)
    ]
    rest = [render_event(event, snapshot.users[event.user_id]) for event in events[start_of_rest:]]
    return "\n\n".join([_INTRODUCTION, *parts, *rest, _QUESTION])


# A long thread is joined from cached parts, so that only its end is rendered again.
@lru_cache(maxsize=400)
def _render_part(events: tuple[Event, ...], users: tuple[User, ...]) -> str:
    by_id = {user.id: user for user in users}
    return "\n\n".join(render_event(event, by_id[event.user_id]) for event in events)


def render_event(event: Event, user: User) -> str:
    """One event as a block: <tag>, its data as YAML, </tag>."""
    return (
        _render_system(event, user) if event.type == EventType.SYSTEM else _render_immutable(event)
    )


def _render_system(event: Event, user: User) -> str:
    actor = "agent" if user.is_agent else "user"
    acted: dict[str, object] = {actor: {"id": user.id, "name": user.name}}
    return _render_block("system_message", event.data | acted)


# Only users' names can change, and these blocks hold none.
@lru_cache(maxsize=50_000)
def _render_immutable(event: Event) -> str:
    match event.type:
        case EventType.TEXT:
            own = {"from": event.user_id, "id": event.id}
            return _render_block("user_message", event.data | own)
        case EventType.TOOL_USE:
            return _render_block(event.data["name"], event.data | {"from": event.user_id})
        case _:
            tag = f"{event.data['tool_name']}_result"
            return _render_block(tag, event.data | {"from": event.user_id})


def _render_block(tag: str, data: Mapping[str, object]) -> str:
    return f"<{tag}>\n" + "\n".join(render_yaml(data, "  ")) + f"\n</{tag}>"
