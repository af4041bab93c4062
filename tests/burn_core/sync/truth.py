"""What a client must have in the end, in SQL typed by hand."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from tests.following import FollowingClient
from tests.making import Hand

MakeClient = Callable[..., FollowingClient]
TABLES = ("users", "threads", "memberships", "events", "facts")
BROWSER, BOBS_BROWSER = uuid4(), uuid4()  # in which ada and bob are signed in
ADAS = """(SELECT m.thread_id FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE u.name = 'ada')"""
HIDDEN = """ARRAY['password_hash', 'is_host', 'spectator_key', 'invitation_key',
    'changed_in', 'joined_in']"""
TRUTH = {
    "users": f"""SELECT to_jsonb(t) - {HIDDEN} FROM users t WHERE id IN
        (SELECT user_id FROM memberships WHERE thread_id IN {ADAS})""",
    "threads": f"SELECT to_jsonb(t) - {HIDDEN} FROM threads t WHERE id IN {ADAS}",
    **{
        table: f"SELECT to_jsonb(t) - {HIDDEN} FROM {table} t WHERE thread_id IN {ADAS}"
        for table in ("memberships", "events", "facts")
    },
}


def add_fact(hand: Hand, thread_id: UUID, subject_id: UUID, object: str = "chess") -> UUID:
    added: UUID = hand.value(
        "INSERT INTO facts (thread_id, subject_id, predicate, object)"
        " VALUES (%s, %s, 'likes', %s) RETURNING id",
        thread_id,
        subject_id,
        object,
    )
    return added


def list_truth(hand: Hand, table: str) -> dict[str, Any]:
    return {row["id"]: row for (row,) in hand.type(TRUTH[table])}
