"""A thread that exists only as a context, with people and three agents that follow their rules."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from understudy.choice import choose
from understudy.wire import MessagesRequest, ToolUse

PRODUCER_TOOLS = ("ask_user_about_themselves", "extract_facts", "do_nothing")
PROMPTS = {
    "sarah": "You are Sarah, the producer.",
    "jerry": "You are Jerry, an observational comedian. You notice small things.",
    "frankie": "You are Frankie, a dark and blunt comedian.",
}

# What Scene.system takes: who did what, and to whom.
Event = tuple[str, ...]
# The ways in which bob can drop out, each with a way back.
AWAY_AND_BACK: list[tuple[Event, Event]] = [
    (("bob", "left"), ("bob", "joined")),
    (("ada", "removed", "bob"), ("bob", "joined")),
    (("ada", "removed", "bob"), ("ada", "added", "bob")),
    (("bob", "tapped_out"), ("bob", "tapped_in")),
]
AWAY = list(dict.fromkeys(away for away, _ in AWAY_AND_BACK))


def make_id(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def make_request(
    context: str, tools: tuple[str, ...] = PRODUCER_TOOLS, system: str = "", **more: Any
) -> MessagesRequest:
    body: dict[str, Any] = {
        "model": "any",
        "max_tokens": 1000,
        "system": system,
        "messages": [{"role": "user", "content": context}],
        "tools": [{"name": name, "input_schema": {"type": "object"}} for name in tools],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
    }
    return MessagesRequest.model_validate(body | more)


@dataclass
class Scene:
    """`blocks` are the events so far, as (tag, data)."""

    blocks: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def context(self) -> str:
        rendered = [f"<{tag}>\n{_yaml(data, '  ')}\n</{tag}>" for tag, data in self.blocks]
        return "\n\n".join(
            ["Here's everything that happened so far:", *rendered, "What's the next step?"]
        )

    def system(self, name: str, action: str, member: str = "") -> None:
        """Somebody does something to the thread, or to a member of it."""
        data = {"action": action, "target": "thread", "user": _user(name)}
        self.blocks.append(("system_message", data | ({"member": _user(member)} if member else {})))

    def say(self, name: str, text: str) -> str:
        """Somebody writes. Returns the id of the message."""
        message = make_id(f"message {len(self.blocks)}")
        self.blocks.append(("user_message", {"from": make_id(name), "id": message, "text": text}))
        return message

    def use(self, agent: str, use: ToolUse) -> None:
        data = {
            "from": make_id(agent),
            "id": f"toolu_{len(self.blocks)}",
            "input": use.input,
            "name": use.name,
        }
        self.blocks.append((use.name, data))

    def ask(self, name: str, question: str) -> None:
        subject = make_id(name)
        asked = {"question": question, "subject": subject}
        self.use("sarah", ToolUse("ask_user_about_themselves", asked))

    def learn(self, name: str, *facts: tuple[str, str, str]) -> None:
        """Sarah learns facts, as (predicate, object, category), from a message outside the scene."""
        rows = [
            {
                "category": category,
                "confidence": 0.9,
                "disputed": False,
                "object": obj,
                "predicate": predicate,
                "source_event": make_id("message before"),
                "subject": make_id(name),
            }
            for predicate, obj, category in facts
        ]
        self.use("sarah", ToolUse("extract_facts", {"facts": rows}))

    def choose(self, agent: str = "sarah", *extra_tools: str) -> ToolUse:
        """The understudy's next choice for one agent."""
        tools = PRODUCER_TOOLS if agent == "sarah" else ("roast_user", *extra_tools)
        choice = choose(make_request(self.context, tools, PROMPTS[agent]))
        assert choice is not None
        return choice

    def play(self) -> list[tuple[str, ToolUse]]:
        """Let the agents act by their rules until all are silent."""
        acted: list[tuple[str, ToolUse]] = []
        while (agent := self._next_agent()) and len(acted) < 12:
            use = self.choose(agent)
            self.use(agent, use)
            acted.append((agent, use))
            if use.name in ("do_nothing", "ask_user_about_themselves"):
                break
        return acted

    def known(self, name: str) -> list[dict[str, Any]]:
        return [fact for fact in self._facts() if fact["subject"] == make_id(name)]

    def roasts(self) -> list[str]:
        return [data["input"]["roast"] for tag, data in self.blocks if tag == "roast_user"]

    def _facts(self) -> list[dict[str, Any]]:
        learned = (data["input"]["facts"] for tag, data in self.blocks if tag == "extract_facts")
        return [fact for facts in learned for fact in facts]

    def _next_agent(self) -> str | None:
        tag, data = self.blocks[-1]
        if tag in ("user_message", "system_message"):
            return "sarah"
        counts = [len(self.known(name)) for name in ("ada", "bob")]
        last = next((b for b in reversed(self.blocks) if b[0] == "roast_user"), None)
        since = self.blocks[self.blocks.index(last) :] if last else self.blocks
        news = any(each[0] == "extract_facts" for each in since)
        if news and max(counts) >= 3 and (not last or last[1]["from"] != make_id("jerry")):
            return "jerry"
        if news and max(counts) >= 3 and last and last[1]["from"] != make_id("frankie"):
            return "frankie"
        if tag == "extract_facts":
            subjects = {fact["subject"] for fact in data["input"]["facts"]}
            fewest = min(sum(f["subject"] == s for f in self._facts()) for s in subjects)
            return "sarah" if fewest < 3 else None
        return None


def _user(name: str) -> dict[str, str]:
    return {"id": make_id(name), "name": name}


def _yaml(value: Any, indent: str) -> str:
    if isinstance(value, dict) and value:
        return "\n".join(_entry(key, value[key], indent) for key in sorted(value))
    if isinstance(value, list) and value:
        return "\n".join(f"{indent}-\n{_yaml(item, indent + '  ')}" for item in value)
    return indent + json.dumps(value)


def _entry(key: str, value: Any, indent: str) -> str:
    if isinstance(value, dict | list) and value:
        return f"{indent}{key}:\n{_yaml(value, indent + '  ')}"
    text = json.dumps(value, ensure_ascii=False)
    return f"{indent}{key}: " + text.replace("<", "\\u003c").replace(">", "\\u003e")
