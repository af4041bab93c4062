"""The context: what the model reads. A pure function of a snapshot.

The format is the one of the essay "Bringing agents back down to earth": one block per event, in
which YAML says what happened.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from uuid import UUID

from yaml.resolver import Resolver

from burn_core.events import Event, EventType
from burn_core.snapshot import Snapshot
from burn_core.users import User

_INTRODUCTION = "Here's everything that happened so far:"
_QUESTION = "What's the next step?"
_PART_EVENTS = 250


def render(snapshot: Snapshot) -> str:
    """The text that a model gets of a thread. Equal rows give equal text, byte for byte."""
    events, users = snapshot.events, tuple(snapshot.users.values())
    start_of_rest = len(events) - len(events) % _PART_EVENTS
    parts = [
        _render_part(events[start : start + _PART_EVENTS], users)
        for start in range(0, start_of_rest, _PART_EVENTS)
    ]
    rest = [render_event(event, snapshot.users[event.user_id]) for event in events[start_of_rest:]]
    return "\n\n".join([_INTRODUCTION, *parts, *rest, _QUESTION])


# A long thread is put together from parts that are done with: just its end is looked at anew.
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


# Only names change. Of a thread that is continued, just what is new is rendered.
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
    return f"<{tag}>\n" + "\n".join(_render_value(data, "  ")) + f"\n</{tag}>"


def _render_value(value: object, indent: str) -> Iterator[str]:
    """The lines of a value that stands on lines of its own."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from _render_after(f"{indent}{_render_scalar(key)}:", value[key], indent)
    elif isinstance(value, list) and value:
        for item in value:
            if isinstance(item, dict | list) and item:
                yield f"{indent}-"
                yield from _render_value(item, indent + "  ")
            else:
                yield f"{indent}- {_render_scalar(item)}"
    else:
        yield indent + _render_scalar(value)


def _render_after(start: str, value: object, indent: str) -> Iterator[str]:
    """The lines of a value after its key: on the same line if it is a scalar."""
    if isinstance(value, dict | list) and value:
        yield start
        yield from _render_value(value, indent + "  ")
    else:
        yield f"{start} {_render_scalar(value)}"


def _render_scalar(value: object) -> str:
    if isinstance(value, str):
        return value if _is_plainly_safe(value) else _quote(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, float):
        return _render_float(value)
    return json.dumps(value)


def _render_float(value: float) -> str:
    # YAML 1.1 wants a point in the mantissa, or 1e+20 would be read as a text.
    if not math.isfinite(value):
        return {math.inf: ".inf", -math.inf: "-.inf"}.get(value, ".nan")
    text = json.dumps(value)
    return text if "." in text or "e" not in text else text.replace("e", ".0e")


# A plain scalar starts with a letter or a digit, and holds neither a control character nor
# anything that YAML or a reader of tags might take for structure.
_PLAIN = re.compile(r"[^\W_][^<>\x00-\x1f\x7f-\xa0\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]*")
_STRUCTURE = re.compile(r":(?=\s|$)|\s#|\s$")
# YAML 1.2 reads some texts as numbers that the resolver (YAML 1.1) doesn't.
_NUMBER = re.compile(r"[-+]?(0o[0-7]+|0x[0-9a-f]+|(\d[\d_]*)?\.?\d+(e[-+]?\d+)?)", re.IGNORECASE)


def _is_plainly_safe(text: str) -> bool:
    return (
        _PLAIN.fullmatch(text) is not None
        and _STRUCTURE.search(text) is None
        and not _is_read_as_other_than_text(text)
    )


def _is_read_as_other_than_text(text: str) -> bool:
    """Whether YAML would take these letters for a number, a boolean, null or a date."""
    resolvers = Resolver.yaml_implicit_resolvers.get(text[0], ())
    return (
        any(pattern.match(text) for _, pattern in resolvers)
        or _NUMBER.fullmatch(text) is not None
        or text.lower() in {"y", "n"}
    )


# JSON's own escapes don't cover what YAML's reader refuses, or takes for the end of a line.
_ESCAPED = re.compile("[<>\x7f-\xa0\ud800-\udfff\u2028\u2029\ufeff\ufffe\uffff]")


def _quote(text: str) -> str:
    return _ESCAPED.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False)
    )
