"""One message of the chat.

Its words are one piece of HTML, in which all that people and models wrote is escaped: nothing of
it is read as markup, line breaks and spaces stay as typed, and @names can be marked, for which
Streamlit's own text has no way.
"""

import re
from collections.abc import Mapping
from html import escape
from uuid import UUID

import streamlit as st

from burn_core.chat import Message, count_subjects
from burn_core.events import Event, EventType
from pages.ui import markdown
from pages.ui.avatar import draw_avatar

# The tools whose use is a message, and their field with the words.
_WORDS = {"ask_user_about_themselves": "question", "roast_user": "roast"}
_ACTIONS = {
    "created": "started the thread",
    "joined": "joined",
    "left": "left",
    "became_owner": "owns the thread now",
    "added": "brought in {member}",
    "removed": "removed {member}",
    "renamed": "renamed the thread",
    "closed": "closed the thread",
    "reopened": "reopened the thread",
    "shared": "made a link with which anybody can read along",
    "unshared": "took back the link for reading along",
    "tapped_out": "tapped out: the agents leave them alone",
    "tapped_in": "is fair game again",
}
_MENTION = re.compile(r"(?<![\w@])@[a-z0-9_-]{2,16}", re.IGNORECASE)


def draw_message(message: Message, viewer_id: UUID | None, names: Mapping[str, str]) -> None:
    match message.event.type:
        case EventType.TEXT:
            _draw_bubble(message, viewer_id, str(message.event.data["text"]))
        case EventType.SYSTEM:
            st.caption(_describe_action(message), text_alignment="center")
        case EventType.TOOL_USE if message.event.data["name"] in _WORDS:
            _draw_tool_use(message, viewer_id, names)
        case EventType.TOOL_USE if message.event.data["name"] == "extract_facts":
            _draw_extract(message.event, names)


def _draw_bubble(message: Message, viewer_id: UUID | None, words: str, tool: str = "") -> None:
    author = message.author
    name = "you" if author.id == viewer_id else author.name
    badges = [_draw_badge(tool, tool)] if tool else []
    if message.model == "understudy":
        badges.append(_draw_badge("understudy, no API key", "quiet"))
    with st.chat_message(author.name, avatar=draw_avatar(author)):
        st.html(
            f'<div class="burn-head"><b>{escape(name)}</b>{"".join(badges)}'
            f"{_draw_time(message.event)}</div>"
            f'<div class="burn-words">{_mark_mentions(words)}</div>'
        )


def _draw_badge(label: str, kind: str) -> str:
    return f'<span class="burn-badge burn-{escape(kind)}">{escape(label)}</span>'


def _draw_time(event: Event) -> str:
    """clock.js makes it relative, and keeps it so."""
    at = event.inserted_at
    return f'<time datetime="{at.isoformat()}">{at:%d %b %H:%M} UTC</time>'


def _mark_mentions(words: str) -> str:
    # Escaping makes no @ and breaks no name, so the names can be found afterwards.
    return _MENTION.sub(
        lambda match: f'<span class="burn-mention">{match[0]}</span>', escape(words)
    )


def _describe_action(message: Message) -> str:
    data = message.event.data
    action = str(data["action"])
    member = data.get("member")
    whom = str(member.get("name")) if isinstance(member, dict) else "somebody"
    words = _ACTIONS[action].format(member=whom) if action in _ACTIONS else action
    return f"{markdown.escape(message.author.name)} {markdown.escape(words)}"


def _draw_tool_use(message: Message, viewer_id: UUID | None, names: Mapping[str, str]) -> None:
    name = str(message.event.data["name"])
    tool_input = message.event.data["input"]
    words = str(tool_input.get(_WORDS[name], ""))
    if message.is_first_question:
        words = f"Hi @{_get_name(names, tool_input.get('subject'))}, {words}"
    _draw_bubble(message, viewer_id, words, name)


def _draw_extract(event: Event, names: Mapping[str, str]) -> None:
    for subject, count in count_subjects(event).items():
        facts = "1 fact" if count == 1 else f"{count} facts"
        st.badge(
            f"extracted {facts} about @{_get_name(names, subject)}",
            icon=":material/neurology:",
            color="green",
        )


def _get_name(names: Mapping[str, str], subject: object) -> str:
    try:
        return names.get(str(UUID(str(subject))), "somebody")
    except ValueError:
        return "somebody"
