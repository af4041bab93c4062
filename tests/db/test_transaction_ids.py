"""Repairing the transaction ids of a dump from another server."""

from sqlalchemy import Engine

from db.transaction_ids import repair_transaction_ids
from tests.making import Hand


def test_transaction_ids_from_the_future_are_replaced(url: str, engine: Engine) -> None:
    hand = Hand(url)
    ada = hand.make_user()
    thread_id = hand.make_thread(ada)
    events = [hand.say(thread_id, ada, text) for text in ("before", "after")]
    hand.type("ALTER TABLE events DISABLE TRIGGER USER")
    hand.type("UPDATE events SET changed_in = '900000000' WHERE id = %s", events[1])
    hand.type("ALTER TABLE events ENABLE TRIGGER USER")
    hand.type("UPDATE memberships SET joined_in = '900000000'")
    list_numbers = "SELECT id, changed_in::text, updated_at FROM events ORDER BY seq"
    before = hand.type(list_numbers)
    repair_transaction_ids(engine)
    after = hand.type(list_numbers)
    assert after[0] == before[0]
    assert int(after[1][1]) < hand.value("SELECT pg_current_xact_id()::text::bigint")
    assert after[1][2] == before[1][2]
    assert hand.value("SELECT joined_in < pg_current_xact_id() FROM memberships")
    repair_transaction_ids(engine)
    assert hand.type(list_numbers) == after
    assert hand.value("SELECT tgenabled = 'O' FROM pg_trigger WHERE tgname = 'append_only' LIMIT 1")
