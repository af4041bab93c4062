"""The sync endpoints over HTTP: what each caller gets, and that nothing is missed or repeated."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from burn_core.room import limits
from burn_core.room.limits import Rate
from burn_core.room.own_facts import forget_fact
from burn_core.room.sessions import sign_out
from burn_core.room.threads import share_thread, unshare_thread
from burn_core.sync import offset as offsets
from db.connection import begin
from db.visitor import Visitor, act_as
from tests.burn_core.sync.truth import (
    BOBS_BROWSER,
    BROWSER,
    TABLES,
    MakeClient,
    add_fact,
    list_truth,
)
from tests.following import FollowingClient
from tests.making import Hand, wait_for

FLOODED = "Too many streams were opened. Try again in 4 seconds."


@pytest.mark.parametrize("table", TABLES)
def test_a_member_gets_the_rows_of_their_threads_and_no_secret(
    make_client: MakeClient, hand: Hand, ada: UUID, bob: UUID, table: str
) -> None:
    thread_id = hand.make_thread(ada, bob, agents=["sarah"])
    hand.type("UPDATE threads SET spectator_key = gen_random_uuid()")
    hand.say(thread_id, ada, "hi\n\u2028there")
    add_fact(hand, thread_id, ada)
    client = make_client(table)
    client.catch_up()
    assert client.rows
    assert client.rows == list_truth(hand, table)
    assert client.ops == ["put"] * len(client.rows) + ["up-to-date"]


@pytest.mark.parametrize("table", TABLES)
def test_members_of_other_threads_get_nothing(
    make_client: MakeClient, hand: Hand, engine: Engine, ada: UUID, bob: UUID, table: str
) -> None:
    adas, bobs, third = hand.make_thread(ada), hand.make_thread(bob), hand.make_user("third")
    hand.say(adas, ada, "a secret")
    add_fact(hand, adas, ada)
    bobs_own = make_client(table, BOBS_BROWSER)
    for row in bobs_own.catch_up():
        assert str(ada) not in str(row)
        assert str(adas) not in str(row)
    assert make_client(table, BOBS_BROWSER, thread=adas).fail()[0] == 404
    with begin(engine) as session:
        key = share_thread(session, bobs, bob)
    for row in make_client(table, uuid4(), key=key).catch_up():
        assert str(adas) not in str(row)
    assert make_client(table, uuid4(), key=key, thread=adas).fail()[0] == 404
    hand.join(adas, third)  # changes, too, are not theirs
    hand.say(adas, third, "another")
    hand.say(bobs, bob, "mine")
    before = dict(bobs_own.rows)
    bobs_own.catch_up()
    assert all(str(adas) not in str(row) for row in bobs_own.rows.values())
    assert (bobs_own.rows == before) == (table not in ("events", "threads"))


@pytest.mark.parametrize("table", TABLES)
def test_a_stranger_is_told_what_to_do(
    make_client: MakeClient, port: int, ada: UUID, table: str
) -> None:
    for nobody in (
        FollowingClient(port, table),
        FollowingClient(port, table, "forged"),
        FollowingClient(port, table, key=str(uuid4())),
        FollowingClient(port, table, key="nonsense"),
        make_client(table, uuid4()),
    ):
        status, answer = nobody.fail()
        assert status == 401
        assert "?key=" in answer["message"]


def test_bad_requests_are_answered_in_words(make_client: MakeClient, ada: UUID) -> None:
    for client, status, word in (
        (make_client("sessions"), 404, "events"),
        (make_client("instance"), 404, "events"),
        (make_client("events", thread="nonsense"), 400, "thread"),
        (make_client("events", thread=""), 400, "thread"),
        (make_client("events", offset="nonsense"), 400, "offset"),
        (make_client("events", offset=""), 400, "offset"),
        (make_client("events", thread=uuid4()), 404, "thread"),
        (make_client("events", live="perhaps"), 400, "live"),
    ):
        got, answer = client.fail()
        assert got == status
        assert word in answer["message"]


def test_one_thread_can_be_followed_alone(make_client: MakeClient, hand: Hand, ada: UUID) -> None:
    here, there = hand.make_thread(ada), hand.make_thread(ada)
    for thread_id in (there, here):
        hand.say(thread_id, ada, "hi")
    (row,) = make_client("events", thread=here).catch_up()
    assert row["thread_id"] == str(here)
    assert [row["id"] for row in make_client("threads", thread=here).catch_up()] == [str(here)]


def test_changes_come_as_they_commit(make_client: MakeClient, hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread(ada)
    client = make_client("facts")
    seen: list[str] = []

    def change_and_look() -> bool:
        """At every up-to-date, makes the next change, which must come without another request."""
        if client.is_up_to_date and client.ops != seen:
            seen[:] = client.ops
            if not client.rows and "delete" not in client.ops:
                add_fact(hand, thread_id, ada)
            elif client.ops.count("put") == 1:
                hand.type("UPDATE facts SET disputed = true")
            else:
                hand.type("DELETE FROM facts")
        return client.ops[-2:] == ["delete", "up-to-date"]

    client.follow(change_and_look)
    assert client.ops == [*["up-to-date", "put"] * 2, "up-to-date", "delete", "up-to-date"]
    assert client.told_in_vain == 0


@pytest.mark.parametrize("table", TABLES)
def test_rows_come_and_go_with_a_membership_while_following(
    make_client: MakeClient, hand: Hand, ada: UUID, bob: UUID, table: str
) -> None:
    theirs = hand.make_thread(bob)
    hand.say(theirs, bob, "hi")
    add_fact(hand, theirs, bob)
    client = make_client(table)
    steps: Iterator[Callable[[], object]] = iter(
        [
            lambda: hand.join(theirs, ada),
            lambda: hand.type("DELETE FROM memberships WHERE user_id = %s", ada),
            lambda: hand.join(theirs, ada),
            lambda: hand.type("DELETE FROM threads WHERE id = %s", theirs),
        ]
    )
    wanted = iter([False, True, False, True, False])
    want = [next(wanted)]

    def step() -> bool:
        if client.is_up_to_date and bool(client.rows) == want[0]:
            assert client.rows == list_truth(hand, table)
            upcoming = next(wanted, None)
            if upcoming is None:
                return True
            want[0] = upcoming
            next(steps)()
        return False

    client.follow(step)


def test_signing_out_ends_the_stream(
    make_client: MakeClient, hand: Hand, engine: Engine, ada: UUID
) -> None:
    hand.make_thread(ada)
    client = make_client("threads")

    def leave() -> bool:
        if client.is_up_to_date:
            with begin(engine) as session:
                sign_out(session, BROWSER)
        return False

    client.follow(leave)
    assert client.ops[-1] == "error"
    assert client.fail()[0] == 401


def test_a_revoked_key_opens_nothing(
    make_client: MakeClient, hand: Hand, engine: Engine, ada: UUID
) -> None:
    thread_id = hand.make_thread(ada)
    with begin(engine) as session:
        client = make_client("events", uuid4(), key=share_thread(session, thread_id, ada))

    def take_back() -> bool:
        if client.is_up_to_date:
            assert client.rows
            with begin(engine) as session:
                unshare_thread(session, thread_id, ada)
        return False

    client.follow(take_back)
    assert client.ops[-1] == "error"
    assert client.fail()[0] == 401


def test_an_offset_works_for_nobody_else(
    make_client: MakeClient, hand: Hand, ada: UUID, bob: UUID
) -> None:
    thread_id = hand.make_thread(ada, bob)
    adas = make_client("users")
    adas.catch_up()
    for other in (
        make_client("users", BOBS_BROWSER, offset=adas.offset),
        make_client("threads", offset=adas.offset),
        make_client("users", thread=thread_id, offset=adas.offset),
    ):
        status, answer = other.fail()
        assert status == 409
        assert answer["op"] == "must-refetch"
    adas.catch_up()


def test_an_offset_that_is_too_old_or_from_another_server_must_be_dropped(
    make_client: MakeClient, hand: Hand, ada: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.make_thread(ada)
    client = make_client("threads")
    client.catch_up()
    assert client.offset is not None
    since, *rest = client.offset.split("_")
    elsewhere = "_".join(["1000000000:1000000000:", *rest])
    assert make_client("threads", offset=elsewhere).fail()[0] == 409
    for since in ("9:5:", "1:9:8,7", "0:0:", "1:9:,", "9" * 18 + ":1:"):
        assert make_client("threads", offset="_".join([since, *rest])).fail()[0] == 400
    monkeypatch.setattr(offsets, "GOOD_FOR_DAYS", -1)
    status, answer = client.fail()
    assert status == 409
    assert answer["op"] == "must-refetch"


def test_a_stream_that_isnt_live_ends_when_it_is_up_to_date(
    make_client: MakeClient, hand: Hand, ada: UUID
) -> None:
    thread_id = hand.make_thread(ada)
    hand.say(thread_id, ada, "hi")
    client = make_client("events", live="false")
    client.follow(lambda: False)
    assert client.ops == ["put", "up-to-date"]
    client.follow(lambda: False)
    assert client.ops == ["put", "up-to-date", "up-to-date"]


def test_leaving_a_thread_that_is_followed_alone_deletes_its_rows(
    make_client: MakeClient, hand: Hand, ada: UUID, bob: UUID
) -> None:
    thread_id = hand.make_thread(bob, ada)
    hand.say(thread_id, bob, "hi")
    client = make_client("events", thread=thread_id)
    client.catch_up()
    hand.type("DELETE FROM memberships WHERE user_id = %s", ada)
    hand.say(thread_id, bob, "behind their back")
    assert len(client.rows) == 1
    assert client.catch_up() == []
    assert make_client("events", thread=thread_id).fail()[0] == 404


@pytest.mark.parametrize("is_narrow", [True, False])
def test_a_removed_person_gets_nothing_more_on_an_open_stream(
    make_client: MakeClient, hand: Hand, ada: UUID, bob: UUID, is_narrow: bool
) -> None:
    thread_id = hand.make_thread(bob, ada)
    hand.say(thread_id, bob, "hi")
    client = make_client("events", **({"thread": thread_id} if is_narrow else {}))
    seen: set[str] = set()

    def remove_once() -> bool:
        seen.update(str(row["data"]) for row in client.rows.values())
        if client.is_up_to_date and len(client.ops) == 2:
            hand.remove(thread_id, bob, ada)
            hand.say(thread_id, bob, "behind their back")
        return len(client.ops) > 2 and not client.rows

    client.follow(remove_once)
    assert is_narrow == (client.ops[-1] == "error")
    assert [it for it in seen if "behind their back" in it] == []
    assert make_client("events", thread=thread_id).fail()[0] == 404


@pytest.mark.parametrize("query", [{"thread": "{upper}"}, {"thread": "{hex}"}, {"key": "{upper}"}])
def test_an_odd_spelling_of_an_id_or_a_key_opens_nothing(
    make_client: MakeClient, hand: Hand, ada: UUID, query: dict[str, str]
) -> None:
    thread_id = hand.make_thread(ada)
    hand.type("UPDATE threads SET spectator_key = id")
    forms = {"upper": str(thread_id).upper(), "hex": thread_id.hex}
    odd = {name: value.format(**forms) for name, value in query.items()}
    assert make_client("events", **odd).fail()[0] in (400, 401)


def test_every_line_can_be_the_last_one_read(
    make_client: MakeClient, hand: Hand, ada: UUID
) -> None:
    thread_id = hand.make_thread(ada)
    for number in range(30):
        hand.say(thread_id, ada, f"number {number}")
    client = make_client("events")
    cuts = 0
    while len(client.rows) < 30:
        client.follow(lambda: len(client.rows) == 30, most_bytes=700)
        cuts += 1
        assert cuts < 1_000
    assert cuts > 10
    assert client.rows == list_truth(hand, "events")


def test_a_client_goes_on_after_the_database_was_cut(
    make_client: MakeClient, hand: Hand, ada: UUID
) -> None:
    thread_id = hand.make_thread(ada)
    client = make_client("events")
    seen: list[int] = []

    def cut() -> bool:
        if client.is_up_to_date and not seen:
            seen.append(1)
            hand.type(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            hand.say(thread_id, ada, "while nobody listened")
        return len(client.rows) == 1

    def go_on() -> bool:
        client.follow(cut)
        return bool(client.rows)

    wait_for(go_on, 60)
    assert client.rows == list_truth(hand, "events")


def test_who_opens_streams_without_end_is_told_when_to_come_again(
    make_client: MakeClient, ada: UUID, bob: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Rate("streams of a browser", 10, 2, "Too many streams were opened.")
    monkeypatch.setattr(limits, "STREAMS_OF_BROWSER", few)
    for _ in range(10):
        make_client("users", live="false").catch_up()
    client = make_client("users")
    assert client.fail() == (429, {"op": "error", "message": FLOODED})
    with client.connected() as response:
        assert response.headers["Retry-After"] == "6"
    make_client("users", BOBS_BROWSER).catch_up()


@pytest.mark.parametrize("table", ["events", "facts", "threads"])
def test_subscribers_get_the_rows_whose_words_were_forgotten(
    make_client: MakeClient, hand: Hand, web_engine: Engine, ada: UUID, bob: UUID, table: str
) -> None:
    thread_id = hand.make_thread(bob, ada)
    hand.say(thread_id, ada, "I like chess")
    hand.say(thread_id, bob, "Hello")
    fact_id = add_fact(hand, thread_id, ada)
    client = make_client(table)
    client.catch_up()
    with begin(act_as(web_engine, Visitor(BROWSER))) as session:
        forget_fact(session, fact_id)
    client.catch_up()
    assert client.rows == list_truth(hand, table)
    assert "chess" not in str(client.rows)
