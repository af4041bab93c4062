"""One request, one choice. Which part to play follows from the tools that are offered."""

from collections.abc import Iterator

from understudy.comedian import choose_roasts
from understudy.producer import choose_next_steps
from understudy.story import read_story
from understudy.wire import MessagesRequest, ToolUse


def choose(request: MessagesRequest) -> ToolUse | None:
    """The tool use that answers a request: the same for an equal request.

    What the request already tried, and was told is invalid, is not tried again. Returns None when
    no tool fits, or none is offered.
    """
    offered = request.tool_names
    fitting = (use for use in _candidates(request) if use.name in offered)
    tried = request.rejected
    return next((use for use in fitting if use not in tried), None)


def _candidates(request: MessagesRequest) -> Iterator[ToolUse]:
    """Every sensible choice, the best first."""
    story = read_story(request.context)
    offered = request.tool_names
    if "roast_user" in offered:
        yield from choose_roasts(story, request.system_text)
    elif "ask_user_about_themselves" in offered or "extract_facts" in offered:
        yield from choose_next_steps(story)
    yield ToolUse("do_nothing", {})
