"""What is deleted after a while, and what is kept."""

from sqlalchemy.orm import Session

from burn_core.retention import delete_old_limits, delete_old_traces, delete_unused
from burn_core.sync.offset import GOOD_FOR_DAYS
from db.connection import begin, open_engine
from db.roles import Part, find_address
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
    delete_old_traces(session)
    session.commit()
    ages = "SELECT extract(day FROM now() - inserted_at)::int FROM deletions ORDER BY 1"
    assert hand.type(ages) == [(0,), (GOOD_FOR_DAYS,)]


def test_a_workers_role_can_delete_all_that_is_old(url: str, cookie_key: str) -> None:
    hand = Hand(url)
    hand.type(
        "INSERT INTO tickets (token, browser_id, inserted_at)"
        " VALUES ('t', gen_random_uuid(), now() - interval '1 year')"
    )
    hand.type("INSERT INTO limits (id, what, free_at) VALUES (gen_random_uuid(), 'w', now())")
    hand.make_thread(hand.make_user("ada"))
    engine = open_engine(find_address(url, cookie_key, Part.WORKER))
    for delete in (delete_old_traces, delete_old_limits):
        with begin(engine) as session:
            delete(session)
    with begin(engine) as session:
        assert delete_unused(session, 1e-9) == 1
    engine.dispose()
    for table in ("tickets", "limits", "threads"):
        assert hand.value(f"SELECT count(*) FROM {table}") == 0


def test_people_whose_words_others_still_read_are_kept(url: str, session: Session) -> None:
    hand = Hand(url)
    ada, bob = hand.make_user("ada"), hand.make_user("bob")
    hand.make_user("carl")
    thread_id = hand.make_thread(ada, bob)
    for person in (ada, bob, ada):
        hand.say(thread_id, person, "hi")
    hand.type("DELETE FROM memberships WHERE user_id = %s", bob)
    hand.type("ALTER TABLE users DISABLE TRIGGER touch")
    hand.type("UPDATE users SET updated_at = now() - interval '2 hours' WHERE type = 'human'")
    assert delete_unused(session, 1) == 0
    session.commit()
    people = "SELECT name FROM users WHERE type = 'human' ORDER BY name"
    assert hand.type(people) == [("ada",), ("bob",)]
    assert hand.type("SELECT seq FROM events ORDER BY seq") == [(1,), (2,), (3,)]
