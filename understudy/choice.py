"""One request, one choice. The tools on offer say which agent to play."""

from collections.abc import Iterator

from understudy.comedian import choose_roasts
from understudy.producer import choose_next_steps
from understudy.story import read_story
from understudy.wire import MessagesRequest, ToolUse


def choose(request: MessagesRequest) -> ToolUse | None:
    """The tool use that answers a request. Equal requests get equal answers.

    Tool uses that the request shows as rejected are not tried again. Returns None if no tool fits
    or none is offered.
    """
    offered = request.tool_names
    fitting = (use for use in _candidates(request) if use.name in offered)
    tried = request.rejected
    return next((use for use in fitting if use not in tried), None)


def _candidates(request: MessagesRequest) -> Iterator[ToolUse]:
    """Every sensible choice, best first."""
    story = read_story(request.context)
    offered = request.tool_names
    if "roast_user" in offered:
        yield from choose_roasts(story, request.system_text)
    elif "ask_user_about_themselves" in offered or "extract_facts" in offered:
        yield from choose_next_steps(story)
    yield ToolUse("do_nothing", {})
