"""The tools that agents have, by name."""

from burn_core.tools.ask import ask_user_about_themselves
from burn_core.tools.extract import extract_facts
from burn_core.tools.nothing import do_nothing
from burn_core.tools.roast import roast_user
from burn_core.tools.tool import Tool, ToolCall, validate

TOOLS: dict[str, Tool] = {
    tool.name: tool for tool in (ask_user_about_themselves, extract_facts, roast_user, do_nothing)
}

__all__ = ["TOOLS", "Tool", "ToolCall", "validate"]
