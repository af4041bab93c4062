"""The rules that hold for every writer, tried with rows typed by hand."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, RestrictViolation, UniqueViolation

from tests.making import Hand, wait_for


def test_names_are_stored_lower_case(hand: Hand) -> None:
    assert hand.value("SELECT name FROM users WHERE id = %s", hand.make_user("Ada_1")) == "ada_1"


@pytest.mark.parametrize("name", ["a", "a" * 17, "a b", "a.b", "é́é", ""])
def test_names_that_arent_allowed_are_refused(hand: Hand, name: str) -> None:
    with pytest.raises(CheckViolation, match="users_name_check"):
        hand.make_user(name)


def test_two_people_cant_have_the_same_name(hand: Hand, ada: UUID) -> None:
    with pytest.raises(UniqueViolation):
        hand.make_user("ADA")


def test_a_person_cant_be_a_comedian_nor_an_agent_a_member(hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread()
    with pytest.raises(CheckViolation, match="comedian is not for a user of type human"):
        hand.join(thread_id, ada, "comedian")
    with pytest.raises(CheckViolation, match="member is not for a user of type agent"):
        hand.join(thread_id, hand.value("SELECT id FROM users WHERE name = 'sarah'"), "member")


def test_who_was_removed_cant_be_a_member_until_an_owner_lets_them_in(
    hand: Hand, ada: UUID
) -> None:
    bob = hand.make_user("bob")
    thread_id = hand.make_thread(ada, bob)
    hand.act(thread_id, bob, "left")
    hand.type("DELETE FROM memberships WHERE user_id = %s", bob)
    hand.join(thread_id, bob)
    hand.remove(thread_id, ada, bob)
    for _ in range(2):
        for role in ("member", "owner"):
            with pytest.raises(CheckViolation, match="was removed from thread"):
                hand.join(thread_id, bob, role)
        hand.join(hand.make_thread(ada), bob)
        hand.act(thread_id, ada, "let_in", bob)
        hand.join(thread_id, bob)
        hand.remove(thread_id, ada, bob)


def test_only_the_owner_removes_people_and_lets_them_in(hand: Hand, ada: UUID) -> None:
    bob, eve = hand.make_user("bob"), hand.make_user("eve")
    sarah = hand.value("SELECT id FROM users WHERE name = 'sarah'")
    thread_id = hand.make_thread(ada, bob, agents=["sarah"])
    for author in (bob, sarah):
        for action in ("removed", "let_in"):
            with pytest.raises(CheckViolation, match="does not own thread"):
                hand.act(thread_id, author, action, eve)
    with pytest.raises(CheckViolation, match="is not a member of thread"):
        hand.act(thread_id, eve, "let_in", eve)


def test_an_agent_that_was_removed_can_be_added_again(hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread(ada, agents=["sarah"])
    sarah = hand.value("SELECT id FROM users WHERE name = 'sarah'")
    hand.remove(thread_id, ada, sarah)
    hand.join(thread_id, sarah, "producer")
    assert hand.type("SELECT role FROM memberships WHERE user_id = %s", sarah) == [("producer",)]


def test_nobody_slips_in_while_they_are_being_removed(url: str, hand: Hand, ada: UUID) -> None:
    bob = hand.make_user("bob")
    thread_id = hand.make_thread(ada, bob)
    owner = Hand(url)
    with ThreadPoolExecutor() as pool:
        with owner.connection.transaction():
            owner.remove(thread_id, ada, bob)
            joining = pool.submit(Hand(url).join, thread_id, bob)
            wait_for(
                lambda: hand.type("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            )
        with pytest.raises(CheckViolation, match="was removed from thread"):
            joining.result(10)


def test_each_thread_has_an_invitation_of_its_own(hand: Hand, ada: UUID) -> None:
    one, other = hand.make_thread(ada), hand.make_thread(ada)
    with pytest.raises(UniqueViolation):
        hand.type(
            "UPDATE threads SET invitation_key ="
            " (SELECT invitation_key FROM threads WHERE id = %s) WHERE id = %s",
            one,
            other,
        )
    with pytest.raises(psycopg.errors.NotNullViolation):
        hand.type("UPDATE threads SET invitation_key = NULL")


def test_events_are_numbered_in_their_thread(hand: Hand, ada: UUID) -> None:
    one, other = hand.make_thread(ada), hand.make_thread(ada)
    for thread_id in (one, other, one, one):
        hand.say(thread_id, ada, "hi")
    rows = hand.type("SELECT thread_id, array_agg(seq ORDER BY seq) FROM events GROUP BY 1")
    assert dict(rows) == {one: [1, 2, 3], other: [1]}
    assert hand.value("SELECT last_seq FROM threads WHERE id = %s", one) == 3


def test_seqs_have_no_gaps_and_follow_the_commits_of_many_writers(url: str, hand: Hand) -> None:
    ada, writers, each = hand.make_user("ada"), 8, 10
    thread_id = hand.make_thread(ada, agents=["sarah", "jerry"])

    def write(number: int) -> None:
        writer = Hand(url)
        for count in range(each):
            if count % 3 == 2:
                with writer.connection.transaction(force_rollback=True):
                    writer.say(thread_id, ada, "taken back")
            writer.say(thread_id, ada, f"{number}.{count}")
        writer.connection.close()

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers), timeout=60))
    seqs = hand.type("SELECT seq FROM events ORDER BY seq")
    assert [seq for (seq,) in seqs] == list(range(1, writers * each + 1))


def test_only_members_write(hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread(ada)
    with pytest.raises(CheckViolation, match="is not a member of thread"):
        hand.say(thread_id, hand.make_user("bob"), "let me in")


def test_an_event_of_no_thread_is_refused(hand: Hand, ada: UUID) -> None:
    with pytest.raises(psycopg.IntegrityError):
        hand.say(uuid4(), ada, "hello?")


@pytest.mark.parametrize("type", ["tool_use", "tool_result"])
def test_people_cant_write_what_agents_write(hand: Hand, ada: UUID, type: str) -> None:
    thread_id = hand.make_thread(ada)
    with pytest.raises(CheckViolation, match="type human can't write"):
        hand.type(
            "INSERT INTO events (thread_id, user_id, type, data) VALUES (%s, %s, %s, %s)",
            thread_id,
            ada,
            type,
            '{"id": "x", "name": "do_nothing", "input": {}}',
        )


def test_agents_cant_write_text(hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread(ada, agents=["sarah"])
    with pytest.raises(CheckViolation, match="type agent can't write"):
        hand.say(thread_id, hand.value("SELECT id FROM users WHERE name = 'sarah'"), "hello")


@pytest.mark.parametrize(
    ("type", "data"),
    [
        ("text", "{}"),
        ("text", '{"text": 1}'),
        ("text", "[]"),
        ("system", '{"target": "thread"}'),
        ("party", '{"text": "hi"}'),
    ],
)
def test_data_must_fit_its_type(hand: Hand, ada: UUID, type: str, data: str) -> None:
    thread_id = hand.make_thread(ada)
    with pytest.raises(CheckViolation):
        hand.type(
            "INSERT INTO events (thread_id, user_id, type, data) VALUES (%s, %s, %s, %s)",
            thread_id,
            ada,
            type,
            data,
        )


def test_events_and_agents_are_append_only(hand: Hand, ada: UUID) -> None:
    hand.say(hand.make_thread(ada), ada, "I said what I said")
    for statement in (
        'UPDATE events SET data = \'{"text": "I did not"}\'',
        "DELETE FROM events",
        "UPDATE agents SET prompt = 'Be nice.'",
        "DELETE FROM agents",
    ):
        with pytest.raises(RestrictViolation, match="append-only"):
            hand.type(statement)


def test_when_an_owner_leaves_who_joined_next_is_the_owner(hand: Hand, ada: UUID) -> None:
    bob, eve = hand.make_user("bob"), hand.make_user("eve")
    thread_id = hand.make_thread(ada, bob, eve, agents=["sarah"])
    hand.type("DELETE FROM memberships WHERE user_id = %s", ada)
    roles = "SELECT user_id FROM memberships WHERE role = 'owner'"
    assert hand.type(roles) == [(bob,)]
    said = "SELECT user_id FROM events WHERE data->>'action' = 'became_owner'"
    assert hand.type(said) == [(bob,)]
    hand.type("DELETE FROM memberships WHERE thread_id = %s", thread_id)
    assert hand.type(said) == [(bob,)]
    other = hand.make_thread(ada, bob)
    hand.type("DELETE FROM threads WHERE id = %s", other)
    assert hand.type("SELECT FROM memberships") == []


def test_deleting_a_thread_or_a_user_deletes_what_is_theirs(hand: Hand, ada: UUID) -> None:
    bob = hand.make_user("bob")
    one, other = hand.make_thread(ada), hand.make_thread(ada, bob)
    source = hand.say(other, bob, "I like chess")
    hand.say(one, ada, "hi")
    hand.type(
        "INSERT INTO facts (thread_id, subject_id, source_event_id, predicate, object)"
        " VALUES (%s, %s, %s, 'likes', 'chess')",
        other,
        bob,
        source,
    )
    hand.type("DELETE FROM threads WHERE id = %s", one)
    assert hand.value("SELECT count(*) FROM events") == 1
    hand.type("DELETE FROM users WHERE id = %s", bob)
    assert hand.value("SELECT count(*) FROM events") == 0
    assert hand.value("SELECT count(*) FROM facts") == 0
    assert hand.value("SELECT count(*) FROM memberships") == 1


def test_an_event_makes_the_agents_of_its_thread_due_and_nobody_else(hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread(ada, agents=["sarah", "jerry"])
    hand.make_thread(ada, agents=["sarah"])
    hand.type("UPDATE memberships SET due_since = NULL")
    hand.say(thread_id, ada, "hi")
    due = hand.type(
        "SELECT u.name, m.thread_id FROM memberships m JOIN users u ON u.id = m.user_id"
        " WHERE due_since IS NOT NULL ORDER BY u.name"
    )
    assert due == [("jerry", thread_id), ("sarah", thread_id)]


def test_an_agent_cant_have_two_running_runs_in_a_thread(hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread(ada, agents=["sarah"])
    run_id = hand.begin_run(thread_id, "sarah")
    with pytest.raises(UniqueViolation, match="runs_running_key"):
        hand.begin_run(thread_id, "sarah")
    hand.type("UPDATE runs SET status = 'done' WHERE id = %s", run_id)
    hand.begin_run(thread_id, "sarah")


def test_an_agent_that_joins_is_due(hand: Hand, ada: UUID) -> None:
    hand.make_thread(ada, agents=["sarah"])
    assert hand.value("SELECT count(*) FROM memberships WHERE due_since IS NOT NULL") == 1


def test_a_due_agent_stays_due_since_the_first_event(hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread(ada, agents=["sarah"])
    since = hand.value("SELECT due_since FROM memberships WHERE due_since IS NOT NULL")
    hand.say(thread_id, ada, "hi")
    assert hand.value("SELECT due_since FROM memberships WHERE due_since IS NOT NULL") == since


def test_confidence_is_more_than_0_and_at_most_1(hand: Hand, ada: UUID) -> None:
    thread_id = hand.make_thread(ada)
    statement = (
        "INSERT INTO facts (thread_id, subject_id, predicate, object, confidence)"
        " VALUES (%s, %s, 'likes', 'chess', %s)"
    )
    hand.type(statement, thread_id, ada, 1)
    for confidence in (0, 1.1):
        with pytest.raises(CheckViolation):
            hand.type(statement, thread_id, ada, confidence)


def test_a_fact_about_nobody_is_refused(hand: Hand, ada: UUID) -> None:
    with pytest.raises(ForeignKeyViolation):
        hand.type(
            "INSERT INTO facts (thread_id, subject_id, predicate, object)"
            " VALUES (%s, %s, 'likes', 'chess')",
            hand.make_thread(ada),
            uuid4(),
        )


class Ear:
    """Hears what is notified on a channel."""

    def __init__(self, url: str, channel: str = "burn_changes") -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(f"LISTEN {channel}".encode())

    def hear(self) -> Iterator[str]:
        for notify in self.connection.notifies(timeout=0.2):
            yield notify.payload


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("UPDATE threads SET name = 'x'", {"threads"}),
        ("DELETE FROM memberships", {"memberships"}),
        (
            "INSERT INTO facts (thread_id, subject_id, predicate, object)"
            " SELECT thread_id, user_id, 'likes', 'chess' FROM memberships",
            {"facts"},
        ),
        (
            "INSERT INTO events (thread_id, user_id, type, data)"
            " SELECT thread_id, user_id, 'text', '{\"text\": \"hi\"}' FROM memberships",
            {"events"},
        ),
        (
            "INSERT INTO runs (thread_id, user_id, agent_id, from_seq, to_seq, status, reason)"
            " SELECT m.thread_id, a.user_id, a.id, 1, 1, 'silent', 'none'"
            " FROM memberships m, agents a",
            {"runs"},
        ),
        ("UPDATE users SET name = 'eve' WHERE name = 'ada'", {"memberships"}),
    ],
)
def test_every_change_of_a_thread_is_notified(
    url: str, hand: Hand, ada: UUID, statement: str, tables: set[str]
) -> None:
    thread_id = hand.make_thread(ada)
    ear = Ear(url)
    hand.type(statement)
    assert set(ear.hear()) >= {f"{table}:{thread_id}" for table in tables}


def test_every_thread_hears_when_a_model_cant_be_reached_and_when_it_is_back(
    url: str, hand: Hand, ada: UUID
) -> None:
    threads = {f"runs:{hand.make_thread(ada)}" for _ in range(2)}
    ear = Ear(url)
    hand.type("INSERT INTO circuits (endpoint, model) VALUES ('e', 'm')")
    hand.type("UPDATE circuits SET failures = 2")
    assert list(ear.hear()) == []
    hand.type("UPDATE circuits SET opened_at = now()")
    assert set(ear.hear()) == threads
    hand.type("DELETE FROM circuits")
    assert set(ear.hear()) == threads


def test_burn_changes_is_the_only_channel(url: str, hand: Hand, ada: UUID) -> None:
    ear, other = Ear(url), Ear(url, "burn")
    hand.say(hand.make_thread(ada, agents=["sarah"]), ada, "hi")
    assert {topic.partition(":")[0] for topic in ear.hear()} >= {"threads", "memberships", "events"}
    assert list(other.hear()) == []
    source = hand.value("SELECT string_agg(prosrc, ' ') FROM pg_proc WHERE proname ~ '^burn'")
    assert set(re.findall(r"pg_notify\('(\w+)'", source)) == {"burn_changes"}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE runs SET lease_expires_at = now()", "UPDATE memberships SET last_seen_seq = 1"],
)
def test_changes_that_nobody_shows_are_not_notified(
    url: str, hand: Hand, ada: UUID, statement: str
) -> None:
    thread_id = hand.make_thread(ada)
    values: tuple[Any, ...] = (thread_id,)
    hand.type(
        "INSERT INTO runs (thread_id, user_id, agent_id, from_seq, to_seq, status, reason)"
        " SELECT %s, user_id, id, 1, 1, 'running', 'some' FROM agents",
        *values,
    )
    ear = Ear(url)
    hand.type(statement)
    assert list(ear.hear()) == []


def test_who_taps_out_by_hand_is_out_of_every_tool_use_until_they_tap_in(
    hand: Hand, ada: UUID
) -> None:
    thread_id = hand.make_thread(ada, agents=["jerry"])
    roast = (
        "INSERT INTO events (thread_id, user_id, type, data) SELECT %s, id, 'tool_use',"
        " jsonb_build_object('id', 't', 'name', 'roast_user', 'input',"
        " jsonb_build_object('subject', upper(%s::text))) FROM users WHERE name = 'jerry'"
    )
    hand.act(thread_id, ada, "tapped_out")
    assert hand.value("SELECT tapped_out_at IS NOT NULL FROM memberships WHERE user_id = %s", ada)
    with pytest.raises(CheckViolation, match="has tapped out"):
        hand.type(roast, thread_id, ada)
    hand.act(thread_id, ada, "tapped_in")
    hand.type(roast, thread_id, ada)
