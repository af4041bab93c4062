"""Saying nothing, on purpose."""

from burn_core.tools.tool import Input, Tool


class Nothing(Input):
    pass


do_nothing = Tool(
    name="do_nothing",
    description="Do nothing this time. Nobody sees it. Use it when nothing new needs you.",
    fields=Nothing,
)
