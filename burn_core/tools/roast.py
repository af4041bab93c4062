"""A comedian's joke."""

from uuid import UUID

from pydantic import Field

from burn_core.errors import ToolError
from burn_core.snapshot import Snapshot
from burn_core.tools.tool import Input, Tool, check_person


class Roast(Input):
    subject: UUID = Field(description="The id of the person that the joke is about.")
    roast: str = Field(
        description="The joke, told to the person as 'you', in at most 280 characters.",
        min_length=1,
        max_length=280,
    )
    facts: list[UUID] = Field(
        default=[],
        description="The ids of the facts that the joke is built on, all of them about that "
        "person. Each extract_facts above has them as fact_ids, in the order of its facts.",
    )


def _check(snapshot: Snapshot, fields: Roast) -> None:
    check_person(snapshot, fields.subject)
    for fact_id in fields.facts:
        if snapshot.find_subject(fact_id) != fields.subject:
            raise ToolError(
                f"{fact_id} is not a fact about {fields.subject} in this thread. In facts, name "
                "fact_ids of extract_facts about the person that the joke is about, or none."
            )


roast_user = Tool(
    name="roast_user",
    description="Tell one joke about one person in the thread, from facts that were extracted "
    "about them. Everybody in the thread sees it.",
    fields=Roast,
    check=_check,
    checks_facts=True,
)
