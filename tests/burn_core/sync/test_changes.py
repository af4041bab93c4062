"""What is new between two horizons, read row by row while others write."""

import json
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine

from burn_core.sync.changes import read_page, take_horizon
from burn_core.sync.offset import Offset, read_offset
from burn_core.sync.subscriber import Subscriber
from db.connection import begin
from tests.burn_core.sync.truth import TABLES, add_fact, list_truth
from tests.making import Hand, wait_for

ROWS_AT_ONCE = 2


class Copy:
    """A client's rows of a table. It keeps an offset as text, and nothing else."""

    def __init__(self, engine: Engine, subscriber: Subscriber, table: str, most_bytes: int) -> None:
        self.rows: dict[str, Any] = {}
        self.lines: list[tuple[str, UUID]] = []
        self._engine = engine
        self._subscriber = subscriber
        self._table = table
        self._most_bytes = most_bytes
        self._offset = str(Offset("00000000"))

    def read(self) -> bool:
        """Reads a few rows. Returns whether the batch is finished."""
        offset = read_offset(self._offset)
        with begin(self._engine) as session:
            if not offset.until:
                offset = offset.begin(take_horizon(session))
            page = read_page(
                *(session, self._table, self._subscriber, offset),
                *(ROWS_AT_ONCE, self._most_bytes),
            )
        for change in page.changes:
            self.lines.append(("delete" if change.row is None else "put", change.id))
            self.rows.pop(str(change.id), None)
            if change.row is not None:
                self.rows[str(change.id)] = json.loads(change.row)
            offset = offset.move(change.xid, change.id)
        self._offset = str(offset.end(offset.taken_at) if page.is_last else offset)
        return page.is_last

    def catch_up(self) -> list[tuple[str, UUID]]:
        """Reads everything that there is now, including the rest of a started batch."""
        seen = len(self.lines)
        if read_offset(self._offset).until:
            wait_for(self.read, 60)
        wait_for(self.read, 60)
        return self.lines[seen:]


@pytest.fixture
def copy_rows(engine: Engine, ada: UUID) -> "CopyRows":
    def copy_rows(table: str, most_bytes: int = 1_000_000) -> Copy:
        return Copy(engine, Subscriber(ada, None), table, most_bytes)

    return copy_rows


CopyRows = Callable[..., Copy]


def test_a_transaction_that_starts_earlier_and_commits_later_is_not_missed(
    url: str, hand: Hand, copy_rows: CopyRows, ada: UUID, thread_id: UUID
) -> None:
    other = hand.make_thread(ada)
    copy = copy_rows("events")
    slow = Hand(url)
    with slow.connection.transaction():
        late = slow.say(other, ada, "late")
        early = hand.say(thread_id, ada, "early")
        assert copy.catch_up() == [("put", early)]
        early = hand.say(thread_id, ada, "another")
        assert copy.catch_up() == [("put", early)]
    assert copy.catch_up() == [("put", late)]
    assert copy.catch_up() == []


def test_rows_that_are_rolled_back_never_come(
    url: str, hand: Hand, copy_rows: CopyRows, ada: UUID, thread_id: UUID
) -> None:
    copy, slow = copy_rows("facts"), Hand(url)
    with slow.connection.transaction(force_rollback=True):
        add_fact(slow, thread_id, ada)
        assert copy.catch_up() == []
    assert copy.catch_up() == []


def test_a_row_that_changes_while_its_batch_is_read_comes_only_once(
    hand: Hand, copy_rows: CopyRows, ada: UUID, thread_id: UUID
) -> None:
    facts = [add_fact(hand, thread_id, ada) for _ in range(5)]
    copy = copy_rows("facts")
    copy.read()
    hand.type("UPDATE facts SET disputed = true WHERE id = ANY(%s)", [facts[0], facts[4]])
    hand.type("DELETE FROM facts WHERE id = ANY(%s)", [facts[1], facts[3]])
    puts = [("put", fact) for fact in facts]
    assert copy.catch_up()[:1] == [puts[2]]
    rest = copy.lines[3:]
    assert sorted(rest[:2]) == sorted([puts[0], puts[4]])
    assert sorted(rest[2:]) == sorted([("delete", facts[1]), ("delete", facts[3])])


def test_a_user_who_is_known_already_is_not_sent_again(
    hand: Hand, copy_rows: CopyRows, ada: UUID, bob: UUID
) -> None:
    hand.make_thread(ada, bob)
    copy = copy_rows("users")
    assert sorted(copy.catch_up()) == sorted([("put", ada), ("put", bob)])
    second = hand.make_thread(ada, bob)
    assert copy.catch_up() == []
    hand.type("DELETE FROM threads WHERE id = %s", second)
    assert copy.catch_up() == []
    hand.type("UPDATE users SET avatar_url = 'x' WHERE id = %s", bob)
    assert copy.catch_up() == [("put", bob)]
    hand.type("DELETE FROM memberships WHERE user_id = %s", bob)
    assert copy.catch_up() == [("delete", bob)]


def test_joining_a_thread_brings_all_its_rows_in_the_order_of_their_changes(
    hand: Hand, copy_rows: CopyRows, ada: UUID, bob: UUID
) -> None:
    theirs = hand.make_thread(bob)
    said = [hand.say(theirs, bob, text) for text in "abcde"]
    copy = copy_rows("events")
    assert copy.catch_up() == []
    hand.join(theirs, ada)
    said.append(hand.say(theirs, bob, "f"))
    assert copy.catch_up() == [("put", event) for event in said]


def test_joining_a_thread_while_a_batch_is_read_brings_it_once(
    hand: Hand, copy_rows: CopyRows, ada: UUID, bob: UUID, thread_id: UUID
) -> None:
    theirs = hand.make_thread(bob)
    said = [hand.say(thread_id, ada, text) for text in "abc"]
    said += [hand.say(theirs, bob, text) for text in "abc"]
    copy = copy_rows("events")
    copy.read()
    hand.join(theirs, ada)
    copy.catch_up()
    assert copy.lines == [("put", event) for event in said]


def test_rows_deleted_while_the_leaving_of_their_thread_is_read_go_too(
    hand: Hand, copy_rows: CopyRows, ada: UUID, bob: UUID
) -> None:
    theirs = hand.make_thread(bob, ada)
    for _ in range(6):
        add_fact(hand, theirs, bob)
    copy = copy_rows("facts")
    copy.catch_up()
    hand.type("DELETE FROM memberships WHERE user_id = %s", ada)
    copy.read()
    hand.type("DELETE FROM facts")
    copy.catch_up()
    assert copy.rows == {}


def test_a_row_that_was_deleted_and_loaded_again_stays(
    hand: Hand, copy_rows: CopyRows, ada: UUID, thread_id: UUID
) -> None:
    said = hand.say(thread_id, ada, "hi")
    copy = copy_rows("events")
    copy.catch_up()
    hand.type("CREATE TABLE kept AS SELECT * FROM events")
    hand.type("DELETE FROM threads")
    hand.type("INSERT INTO threads (id) VALUES (%s)", thread_id)
    hand.join(thread_id, ada, "owner")
    hand.type(
        "INSERT INTO events (id, thread_id, user_id, type, data)"
        " SELECT id, thread_id, user_id, type, data FROM kept"
    )
    assert copy.catch_up() == [("put", said)]


def test_a_page_ends_with_the_row_that_makes_it_too_long(
    engine: Engine, hand: Hand, ada: UUID, thread_id: UUID
) -> None:
    lengths = [10, 10, 3_000_000, 400, 700, 10]
    said = [hand.say(thread_id, ada, "x" * length) for length in lengths]
    offset, pages = Offset("00000000"), []
    with begin(engine) as session:
        offset = offset.begin(take_horizon(session))
        for _ in range(4):
            page = read_page(session, "events", Subscriber(ada, None), offset, 5, 1_000)
            for change in page.changes:
                offset = offset.move(change.xid, change.id)
            pages.append(([change.id for change in page.changes], page.is_cut, page.is_last))
    assert pages == [
        (said[:3], True, False),
        (said[3:5], True, False),
        (said[5:], False, True),
        ([], False, True),
    ]


class Crowd:
    """Writers whose transactions overlap, and end in any order."""

    def __init__(self, url: str, seed: int, ada: UUID) -> None:
        self._random = random.Random(seed)
        self._ada = ada
        self._url = url
        self._hands = [Hand(url) for _ in range(4)]
        for hand in self._hands:
            hand.type("SET lock_timeout = '5ms'")
            hand.connection.autocommit = False
        self._count = 0

    def act(self) -> None:
        hand = self._random.choice(self._hands)
        action = self._random.choice(
            [self._say, self._say, self._learn, self._doubt, self._forget, self._join, self._leave]
            + [self._take_ada_in_or_out] * 2
            + [self._make_thread, self._delete_thread]
        )
        try:
            action(hand)
            if self._random.random() < 0.6:
                hand.connection.commit()
        except psycopg.Error:
            hand.connection.rollback()

    def finish(self) -> None:
        for hand in self._hands:
            with suppress(psycopg.Error):
                hand.connection.commit()

    def _pick(self, hand: Hand, statement: str) -> Any:
        found = hand.type(f"{statement} ORDER BY md5(%s || t.id::text) LIMIT 1", str(self._count))
        self._count += 1
        return found[0] if found else hand.type("SELECT NULL::uuid, NULL::uuid")[0]

    def _pick_thread(self, hand: Hand) -> UUID:
        picked: UUID = self._pick(hand, "SELECT id FROM threads t")[0]
        return picked

    def _pick_member(self, hand: Hand) -> tuple[UUID, UUID]:
        picked: tuple[UUID, UUID] = self._pick(
            hand,
            "SELECT thread_id, user_id FROM memberships t"
            " WHERE user_id IN (SELECT id FROM users WHERE type = 'human')",
        )
        return picked

    def _say(self, hand: Hand) -> None:
        hand.say(*self._pick_member(hand), "hi")

    def _learn(self, hand: Hand) -> None:
        add_fact(hand, *self._pick_member(hand))

    def _doubt(self, hand: Hand) -> None:
        hand.type(
            "UPDATE facts SET disputed = NOT disputed WHERE thread_id = %s", self._pick_thread(hand)
        )

    def _forget(self, hand: Hand) -> None:
        hand.type("DELETE FROM facts WHERE thread_id = %s", self._pick_thread(hand))

    def _join(self, hand: Hand) -> None:
        self._count += 1
        hand.join(self._pick_thread(hand), hand.make_user(f"u{self._count}"))

    def _leave(self, hand: Hand) -> None:
        hand.type(
            "DELETE FROM memberships WHERE thread_id = %s AND user_id = %s",
            *self._pick_member(hand),
        )

    def _take_ada_in_or_out(self, hand: Hand) -> None:
        thread_id = self._pick_thread(hand)
        if not hand.type(
            "DELETE FROM memberships WHERE thread_id = %s AND user_id = %s RETURNING 1",
            thread_id,
            self._ada,
        ):
            hand.join(thread_id, self._ada)

    def _make_thread(self, hand: Hand) -> None:
        self._count += 1
        hand.make_thread(hand.make_user(f"u{self._count}"), self._ada)

    def _delete_thread(self, hand: Hand) -> None:
        if hand.value("SELECT count(*) > 4 FROM threads"):
            hand.type("DELETE FROM threads WHERE id = %s", self._pick_thread(hand))


@pytest.mark.parametrize("seed", range(4))
def test_copies_read_a_few_rows_at_a_time_during_overlapping_transactions_end_up_equal(
    url: str, hand: Hand, copy_rows: CopyRows, ada: UUID, seed: int
) -> None:
    choose = random.Random(seed)
    crowd = Crowd(url, seed, ada)
    for _ in range(3):
        hand.make_thread(ada)
    copies = {table: copy_rows(table, choose.choice([1, 1_000_000])) for table in TABLES}
    for _ in range(500):
        crowd.act()
        for copy in copies.values():
            if choose.random() < 0.5:
                copy.read()
    crowd.finish()
    for table, copy in copies.items():
        copy.catch_up()
        assert copy.rows == list_truth(hand, table), table
        assert {op for op, _ in copy.lines} == {"put", "delete"}
