"""One message of the chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import streamlit as st

from burn_core.accounts import User
from burn_core.chat import Message, count_subjects
from burn_core.events import EventType
from pages.ui.markdown import escape


@dataclass(frozen=True, slots=True)
class _Tool:
    """A tool whose use is a message: the colour of its label, and the field with the words."""

    color: str
    field: str


_TOOLS = {
    "ask_user_about_themselves": _Tool("blue", "question"),
    "roast_user": _Tool("orange", "roast"),
}
_AVATARS = {
    "sarah": ":material/headset_mic:",
    "jerry": ":material/mic:",
    "frankie": ":material/local_bar:",
}
_ACTIONS = {
    "created": "started the thread",
    "joined": "joined",
    "left": "left",
    "renamed": "renamed the thread",
}


def draw_message(message: Message, visitor: User, names: Mapping[str, str]) -> None:
    """Nothing of what people or models wrote is read as markdown or HTML."""
    match message.event.type:
        case EventType.TEXT:
            _draw_bubble(message, visitor, str(message.event.data["text"]))
        case EventType.SYSTEM:
            action = str(message.event.data["action"])
            st.caption(
                f"{escape(message.author.name)} {escape(_ACTIONS.get(action, action))}",
                text_alignment="center",
            )
        case EventType.TOOL_USE if message.event.data["name"] in _TOOLS:
            _draw_tool_use(message, visitor, names)
        case EventType.TOOL_USE if message.event.data["name"] == "extract_facts":
            _draw_extract(message, names)


def _draw_bubble(message: Message, visitor: User, text: str, tool: str | None = None) -> None:
    author = "you" if message.author.id == visitor.id else message.author.name
    heading = f"**{escape(author)}**"
    if tool is not None:
        heading += f" :{_TOOLS[tool].color}-badge[{escape(tool)}]"
    if message.model == "understudy":
        heading += " :gray-badge[understudy, no API key]"
    with (
        st.chat_message(author, avatar=_pick_avatar(message.author)),
        st.container(gap="xxsmall"),
    ):
        st.markdown(heading)
        st.text(text)


def _draw_tool_use(message: Message, visitor: User, names: Mapping[str, str]) -> None:
    name = str(message.event.data["name"])
    tool_input = message.event.data["input"]
    text = str(tool_input.get(_TOOLS[name].field, ""))
    if message.is_first_question:
        text = f"Hi @{_get_name(names, tool_input.get('subject'))}, {text}"
    _draw_bubble(message, visitor, text, name)


def _draw_extract(message: Message, names: Mapping[str, str]) -> None:
    for subject, count in count_subjects(message.event).items():
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


def _pick_avatar(author: User) -> str | None:
    return _AVATARS.get(author.name, ":material/smart_toy:") if author.is_agent else None
