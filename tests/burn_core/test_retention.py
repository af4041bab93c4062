"""What is deleted after a while, and what is kept."""

from sqlalchemy.orm import Session

from burn_core.retention import forget_deletions
from burn_core.sync.offset import GOOD_FOR_DAYS
from tests.making import Hand


def test_traces_of_deletions_are_kept_for_longer_than_an_offset_is_good(
    url: str, session: Session
) -> None:
    hand = Hand(url)
    for days in (0, GOOD_FOR_DAYS, GOOD_FOR_DAYS + 2):
        hand.type(
            "INSERT INTO deletions (table_name, row_id, thread_id, inserted_at)"
            " VALUES ('facts', gen_random_uuid(), gen_random_uuid(), now() - %s * interval '1 day')",
            days,
        )
    forget_deletions(session)
    session.commit()
    ages = "SELECT extract(day FROM now() - inserted_at)::int FROM deletions ORDER BY 1"
    assert hand.type(ages) == [(0,), (GOOD_FOR_DAYS,)]
