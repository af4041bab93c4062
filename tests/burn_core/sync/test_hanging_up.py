"""Many writers, and clients that keep hanging up: in the end they have exactly what is there."""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Condition, Thread
from uuid import UUID

import psycopg
import pytest

from burn_core.room import limits
from burn_core.room.limits import Rate
from tests.burn_core.sync.truth import TABLES, MakeClient, add_fact, list_truth
from tests.following import FollowingClient
from tests.making import Hand

CHANGES, DISCONNECTS, WRITERS = 5_000, 200, 4


class Pace:
    """Keeps writers in step with the clients, so that clients hang up until the end."""

    def __init__(self) -> None:
        self.changes = 0
        self.disconnects = dict.fromkeys(TABLES, 0)
        self._moved = Condition()

    @property
    def is_written(self) -> bool:
        return self.changes >= CHANGES

    def change(self) -> None:
        with self._moved:
            # No longer, as a client may wait for just this change.
            self._moved.wait_for(self._may_change, 0.05)
            self.changes += 1

    def _may_change(self) -> bool:
        slowest = min(self.disconnects.values())
        return self.changes * DISCONNECTS < (slowest * 0.9 + 2) * CHANGES

    def disconnect(self, table: str) -> None:
        with self._moved:
            self.disconnects[table] += 1
            self._moved.notify_all()


class Writer:
    """One of several people at psql prompts who know nothing of each other."""

    def __init__(self, url: str, seed: int, ada: UUID, threads: Sequence[UUID]) -> None:
        self._hand = Hand(url)
        self._random = random.Random(seed)
        self._ada = ada
        self._threads = list(threads)
        self._names = (f"w{seed}-{number}" for number in range(10_000))

    def write(self, pace: Pace) -> None:
        actions: list[Callable[[UUID], object]] = [
            *[self._say] * 6,
            *[self._learn] * 4,
            *[self._doubt] * 4,
            *[self._forget] * 2,
            *[self._rename] * 2,
            *[self._come_or_go] * 2,
            self._take_ada_out_or_in,
            self._make_thread,
            self._delete_thread,
            self._delete_user,
        ]
        while not pace.is_written:
            # What another writer has just deleted, or two that wait for each other.
            with suppress(psycopg.IntegrityError, psycopg.OperationalError, IndexError):
                self._random.choice(actions)(self._random.choice(self._threads))
                pace.change()

    def _pick_member(self, thread_id: UUID) -> UUID:
        members = self._hand.type(
            "SELECT user_id FROM memberships WHERE thread_id = %s ORDER BY user_id", thread_id
        )
        picked: UUID = self._random.choice(members)[0]
        return picked

    def _say(self, thread_id: UUID) -> None:
        self._hand.say(thread_id, self._pick_member(thread_id), str(self._random.random()))

    def _learn(self, thread_id: UUID) -> None:
        add_fact(self._hand, thread_id, self._pick_member(thread_id), str(self._random.random()))

    def _doubt(self, thread_id: UUID) -> None:
        self._hand.type(
            "UPDATE facts SET disputed = NOT disputed WHERE id IN"
            " (SELECT id FROM facts WHERE thread_id = %s LIMIT 3)",
            thread_id,
        )

    def _forget(self, thread_id: UUID) -> None:
        self._hand.type(
            "DELETE FROM facts WHERE id IN (SELECT id FROM facts WHERE thread_id = %s LIMIT 3)",
            thread_id,
        )

    def _rename(self, thread_id: UUID) -> None:
        name = next(self._names)
        self._hand.type("UPDATE threads SET name = %s WHERE id = %s", name, thread_id)
        self._hand.type(
            "UPDATE users SET avatar_url = %s WHERE id = %s", name, self._pick_member(thread_id)
        )

    def _come_or_go(self, thread_id: UUID) -> None:
        if self._random.random() < 0.6:
            self._hand.join(thread_id, self._hand.make_user(next(self._names)))
        elif (member := self._pick_member(thread_id)) != self._ada:
            self._leave(thread_id, member)

    def _take_ada_out_or_in(self, thread_id: UUID) -> None:
        if self._random.random() < 0.5:
            self._leave(thread_id, self._ada)
        else:
            self._hand.join(thread_id, self._ada)

    def _leave(self, thread_id: UUID, user_id: UUID) -> None:
        self._hand.type(
            "DELETE FROM memberships WHERE thread_id = %s AND user_id = %s", thread_id, user_id
        )

    def _make_thread(self, _: UUID) -> None:
        owner = self._hand.make_user(next(self._names))
        thread_id = self._hand.make_thread(owner, *[self._ada][: self._random.randrange(2)])
        self._threads.append(thread_id)

    def _delete_thread(self, thread_id: UUID) -> None:
        if len(self._threads) > 6:
            self._threads.remove(thread_id)
            self._hand.type("DELETE FROM threads WHERE id = %s", thread_id)

    def _delete_user(self, thread_id: UUID) -> None:
        if (member := self._pick_member(thread_id)) != self._ada:
            self._hand.type("DELETE FROM users WHERE id = %s AND type = 'human'", member)


def keep_hanging_up(client: FollowingClient, table: str, pace: Pace) -> None:
    choose = random.Random(table)
    while not pace.is_written:
        client.follow(
            lambda: pace.is_written or (client.is_up_to_date and choose.random() < 0.7),
            most_bytes=choose.randrange(1, 20_000),
        )
        pace.disconnect(table)


def test_clients_that_hang_up_200_times_during_5000_changes_have_just_what_is_there(
    url: str,
    make_client: MakeClient,
    hand: Hand,
    ada: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # They hang up more often than anybody may.
    monkeypatch.setattr(limits, "STREAMS_OF_BROWSER", Rate("streams", 1_000_000, 1))
    pace = Pace()
    threads = [hand.make_thread(ada, agents=["sarah", "jerry"]) for _ in range(6)]
    clients = {table: make_client(table) for table in TABLES}
    workers = [
        *(
            Thread(target=Writer(url, seed, ada, threads).write, args=[pace], daemon=True)
            for seed in range(WRITERS)
        ),
        *(Thread(target=keep_hanging_up, args=[clients[t], t, pace], daemon=True) for t in TABLES),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert pace.changes >= CHANGES
    assert min(pace.disconnects.values()) >= DISCONNECTS, pace.disconnects
    for table, client in clients.items():
        client.catch_up()
        assert client.rows == list_truth(hand, table)
        assert {"put", "delete"} <= set(client.ops)
        # What comes again is what ada left and came back to between two looks.
        assert client.told_in_vain < len(client.ops) / 10
