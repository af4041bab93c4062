"""A comedian's joke."""

from uuid import UUID

from pydantic import Field

from burn_core.snapshot import Snapshot
from burn_core.tools.tool import Input, Tool, check_person


class Roast(Input):
    subject: UUID = Field(description="The id of the person whom the joke is about.")
    roast: str = Field(
        description="The joke, told to the person as 'you', in at most 280 characters.",
        min_length=1,
        max_length=280,
    )


def _check(snapshot: Snapshot, fields: Roast) -> None:
    check_person(snapshot, fields.subject)


roast_user = Tool(
    name="roast_user",
    description="Tell one joke about one person in the thread, from facts that were extracted "
    "about them. Everybody in the thread sees it.",
    fields=Roast,
    check=_check,
)
