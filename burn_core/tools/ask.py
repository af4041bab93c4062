"""Sarah's question."""

from uuid import UUID

from pydantic import Field

from burn_core.snapshot import Snapshot
from burn_core.tools.tool import Input, Tool, check_person


class Ask(Input):
    subject: UUID = Field(description="The id of the person to ask.")
    question: str = Field(
        description="One question, put to the person as 'you'. Leave out their name and any "
        "greeting: the screen adds both.",
        min_length=1,
        max_length=500,
    )


def _check(snapshot: Snapshot, fields: Ask) -> None:
    check_person(snapshot, fields.subject)


ask_user_about_themselves = Tool(
    name="ask_user_about_themselves",
    description="Ask one person in the thread one question about themselves. Everybody in the "
    "thread sees it.",
    fields=Ask,
    check=_check,
)
