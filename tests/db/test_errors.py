"""Where the driver's errors end: Refused says which rule and why, and Away what went wrong."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from db import errors
from db.connection import begin, fetch_all, open_connection, open_engine
from db.errors import Away, Refused
from tests.making import Hand

NOWHERE = "postgresql://nobody@127.0.0.1:9/nothing"
FACT = "INSERT INTO facts (thread_id, subject_id, predicate, object, confidence) "


def write(engine: Engine, *statements: str, **values: object) -> None:
    """In one transaction."""
    with begin(engine) as session:
        for statement in statements:
            session.execute(text(statement), values)


def add_event(engine: Engine, type: str, data: str, thread_id: UUID, user_id: UUID) -> None:
    statement = "INSERT INTO events (type, data, thread_id, user_id) VALUES (:type, :data, :t, :u)"
    write(engine, statement, type=type, data=data, t=thread_id, u=user_id)


def test_a_message_from_somebody_who_is_not_a_member_is_refused_in_words(
    engine: Engine, hand: Hand, ada: UUID
) -> None:
    with pytest.raises(Refused, match="Only members of a thread can write in it") as refused:
        add_event(engine, "text", '{"text": "hi"}', hand.make_thread(), ada)
    assert refused.value.constraint == "events_author_is_member_check"


def test_a_tool_use_by_a_person_is_refused_in_words(engine: Engine, hand: Hand, ada: UUID) -> None:
    with pytest.raises(Refused, match="People write messages and agents use tools"):
        add_event(engine, "tool_use", "{}", hand.make_thread(ada), ada)


def test_a_tool_use_about_somebody_who_has_tapped_out_is_refused_in_words(
    engine: Engine, hand: Hand, ada: UUID
) -> None:
    thread_id = hand.make_thread(ada, agents=["jerry"])
    hand.act(thread_id, ada, "tapped_out")
    roast = f'{{"id": "t", "name": "roast_user", "input": {{"subject": "{ada}"}}}}'
    jerry = hand.value("SELECT id FROM users WHERE name = 'jerry'")
    with pytest.raises(Refused, match="has tapped out"):
        add_event(engine, "tool_use", roast, thread_id, jerry)


def test_a_role_for_the_wrong_type_of_user_is_refused_in_words(
    engine: Engine, hand: Hand, ada: UUID
) -> None:
    statement = "INSERT INTO memberships (thread_id, user_id, role) VALUES (:t, :u, 'comedian')"
    with pytest.raises(Refused, match="People can only be owners or members"):
        write(engine, statement, t=hand.make_thread(), u=ada)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE events SET data = '{}'", "Events can't be changed or deleted"),
        ("DELETE FROM events", "Events can't be changed or deleted"),
        ("UPDATE agents SET prompt = 'Be nice.'", "Agents can't be changed or deleted"),
        ("DELETE FROM agents", "Agents can't be changed or deleted"),
    ],
)
def test_a_change_to_an_append_only_table_is_refused_in_words(
    engine: Engine, hand: Hand, ada: UUID, statement: str, words: str
) -> None:
    hand.say(hand.make_thread(ada), ada, "I said what I said")
    with pytest.raises(Refused, match=words) as refused:
        write(engine, statement)
    assert refused.value.constraint.endswith("s_append_only")


def test_a_name_that_is_taken_or_not_allowed_is_refused_in_words(engine: Engine, ada: UUID) -> None:
    with pytest.raises(Refused, match="Somebody else has that name"):
        write(engine, "INSERT INTO users (name) VALUES ('Ada')")
    with pytest.raises(Refused, match="2 to 16 characters"):
        write(engine, "INSERT INTO users (name) VALUES ('no spaces')")


def test_a_rule_without_words_of_its_own_says_what_postgres_said(
    engine: Engine, hand: Hand, ada: UUID
) -> None:
    values = {"t": hand.make_thread(ada), "u": ada}
    with pytest.raises(Refused, match=r"this change: new row .* check constraint") as no:
        write(engine, FACT + "VALUES (:t, :u, 'likes', 'chess', 7)", **values)
    assert no.value.constraint == "facts_confidence_check"
    with pytest.raises(Refused, match="The database refused this change: null value") as no:
        write(engine, FACT + "VALUES (:t, :u, NULL, 'chess', 1)", **values)
    assert no.value.constraint == ""


def test_every_rule_that_a_trigger_enforces_has_words() -> None:
    folder = Path(errors.__file__).parent
    rules = "".join(file.read_text() for file in folder.glob("*.sql"))
    named = set(re.findall(r"CONSTRAINT = '(\w+)'", rules)) - {"_append_only"}
    assert rules.count("RAISE EXCEPTION") == rules.count("CONSTRAINT = ")
    assert named | {"events_append_only", "agents_append_only"} <= errors._REASONS.keys()


def test_every_rule_that_has_words_exists(hand: Hand) -> None:
    folder = Path(errors.__file__).parent
    rules = "".join(file.read_text() for file in folder.glob("*.sql"))
    declared = hand.type("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
    for name in (
        errors._REASONS.keys() - {name for (name,) in declared} - {"not_allowed", "unstorable"}
    ):
        assert f"'{name}'" in rules or name.endswith("_append_only")


def test_a_refused_transaction_writes_nothing(engine: Engine, hand: Hand, ada: UUID) -> None:
    half, taken = "INSERT INTO threads DEFAULT VALUES", "INSERT INTO users (name) VALUES ('ada')"
    with pytest.raises(Refused):
        write(engine, half, taken)
    assert hand.value("SELECT count(*) FROM threads") == 0


def test_a_database_that_cant_be_reached_is_away_in_one_line() -> None:
    engine = open_engine(NOWHERE)
    for attempt in (lambda: open_connection(NOWHERE), lambda: write(engine, "SELECT 1")):
        with pytest.raises(Away, match=r"The database can't be reached: .*127\.0\.0\.1") as away:
            attempt()
        assert "\n" not in str(away.value)


def test_a_connection_that_is_cut_in_a_transaction_is_away(engine: Engine) -> None:
    with pytest.raises(Away, match="can't be reached: terminating connection"):
        write(engine, "SELECT pg_terminate_backend(pg_backend_pid())")
    write(engine, "SELECT 1")


def test_what_the_driver_runs_by_itself_is_translated_too(engine: Engine) -> None:
    cut = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(Away, match="can't be reached"), begin(engine) as session:
        fetch_all(session, (cut, {}))


def test_a_database_that_gives_up_is_away_but_was_reached(engine: Engine) -> None:
    with pytest.raises(Away, match=r"The database had to give up: .*timeout"):
        write(engine, "SET LOCAL statement_timeout = 10", "SELECT pg_sleep(5)")


def test_a_value_that_is_too_big_for_an_index_is_refused(
    engine: Engine, hand: Hand, ada: UUID
) -> None:
    words = json.dumps({"text": " ".join(f"word{number}" for number in range(200_000))})
    with pytest.raises(Refused, match="The database refused this change: string is too long"):
        add_event(engine, "text", words, hand.make_thread(ada), ada)


def test_a_pool_whose_connections_are_all_taken_is_away(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(url, pool_size=1)
    monkeypatch.setattr(engine.pool, "_timeout", 0.1)
    with begin(engine) as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(Away, match="QueuePool limit"):
            write(engine, "SELECT 1")
    engine.dispose()


def test_a_mistake_in_a_statement_stays_what_it_is(engine: Engine) -> None:
    with pytest.raises(Exception, match="nothing") as mistake:
        write(engine, "SELECT * FROM nothing")
    assert not isinstance(mistake.value, Away | Refused)
