"""The SQL console: who can use it, and what it says when a query fails."""

import time
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from burn_core.bootstrap import prepare
from burn_core.console.catalogue import CATALOGUE, read_catalogue, write_diagram, write_text
from burn_core.console.console import MAX_CHARACTERS, Console, write_csv
from burn_core.errors import BadQuery, NoReadOnlyRole, NotAllowed
from burn_core.room.hosts import add_host, remove_host
from db.connection import begin, open_engine
from db.errors import Away
from db.read_only.query import Limits
from db.role_setup import write_setup
from db.roles import CONNECTIONS, Part, derive_role, write_libpq_url
from tests.making import Hand


@pytest.fixture
def ada(hand: Hand) -> UUID:
    """The browser of a host."""
    ada = hand.make_user("ada")
    hand.type("UPDATE users SET is_host = true WHERE id = %s", ada)
    return hand.sign_in(ada)


@pytest.fixture
def console(web_engine: Engine, url: str, cookie_key: str) -> Console:
    return Console(web_engine, url, cookie_key, Limits(seconds=0.5))


def refuse(console: Console, browser_id: UUID, query: str) -> BadQuery:
    with pytest.raises(BadQuery) as refused:
        console.run(browser_id, query)
    return refused.value


def test_a_host_reads_all_threads_of_everybody(console: Console, hand: Hand, ada: UUID) -> None:
    bob = hand.make_user("bob")
    for number in range(3):
        hand.say(hand.make_thread(bob), bob, f"nobody else is here, {number}")
    result = console.run(ada, "SELECT data->>'text' FROM events ORDER BY 1")
    assert result.rows == hand.type("SELECT data->>'text' FROM events ORDER BY 1")
    assert len(result.rows) == 3


def test_others_read_what_they_may_see(console: Console, hand: Hand, ada: UUID) -> None:
    bob, eve = hand.make_user("bob"), hand.make_user("eve")
    hand.say(hand.make_thread(bob), bob, "nobody else is here")
    hand.say(hand.make_thread(eve, bob), eve, "two are here")
    said = "SELECT data->>'text' FROM events ORDER BY 1"
    assert console.run(hand.sign_in(bob), said).rows == [
        ("nobody else is here",),
        ("two are here",),
    ]
    assert console.run(hand.sign_in(eve), said).rows == [("two are here",)]


@pytest.mark.parametrize(
    "query",
    [
        "EXPLAIN SELECT 1 FROM facts WHERE object = 'plays banjo'",
        "DO $$ BEGIN RAISE EXCEPTION 'plans'; END $$",
        "-- first\nEXPLAIN (FORMAT JSON) SELECT 1 FROM events",
        "SELECT query_to_xml('EXPLAIN SELECT 1 FROM events', true, false, '')",
        "SELECT * FROM ts_stat('EXPLAIN SELECT 1 FROM events')",
    ],
)
def test_others_see_no_plans_which_tell_of_rows_that_they_cant_see(
    console: Console, hand: Hand, query: str
) -> None:
    browser_id = hand.sign_in(hand.make_user("bob"))
    assert "rows=" not in str(refuse(console, browser_id, query))


def test_no_query_lifts_its_limit_of_time(console: Console, hand: Hand) -> None:
    browser_id = hand.sign_in(hand.make_user("bob"))
    for slow in (
        "SELECT set_config('statement_timeout', '0', true), g, CASE WHEN g = 25 THEN"
        " pg_sleep(60)::text END FROM generate_series(1, 41) g",
        "SELECT CASE WHEN g % 20 = 0 THEN pg_sleep(0.4)::text END FROM generate_series(1, 5000) g",
    ):
        began = time.monotonic()
        assert "stopped this after 0.5 seconds" in str(refuse(console, browser_id, slow))
        assert time.monotonic() - began < 5


def test_a_message_of_postgres_is_cut(console: Console, ada: UUID) -> None:
    said = str(refuse(console, ada, "SELECT repeat('x', 100000)::int"))
    assert len(said) < 2_000


def test_nobody_reads_anything_signed_out(console: Console, hand: Hand) -> None:
    browser_id = hand.sign_in(hand.make_user("bob"))
    hand.type("UPDATE sessions SET signed_out_at = now()")
    for each in (browser_id, UUID(int=0), None):
        with pytest.raises(NotAllowed):
            console.run(each, "SELECT 1")


def test_only_hosts_get_the_address_for_programs(
    console: Console, engine: Engine, hand: Hand, ada: UUID
) -> None:
    bob = hand.sign_in(hand.make_user("bob"))
    with pytest.raises(NotAllowed):
        console.write_url(bob)
    with begin(engine) as session:
        add_host(session, "bob")
        remove_host(session, "ada")
    assert "burn_notebook_" in console.write_url(bob)
    with pytest.raises(NotAllowed):
        console.write_url(ada)


def test_a_query_cant_speak_for_somebody_else(console: Console, hand: Hand) -> None:
    bob, eve = hand.make_user("bob"), hand.make_user("eve")
    hand.say(hand.make_thread(bob), bob, "nobody else is here")
    bobs, eves = hand.sign_in(bob), hand.sign_in(eve)
    claim = console.run(bobs, "SELECT current_setting('burn.visitor')").rows[0][0] or ""
    for value in (claim, claim.replace(str(bobs), str(eves)), "", str(bobs)):
        asked = f"SELECT set_config('burn.visitor', '{value}', false), count(*) FROM events"
        later = f"WITH it AS MATERIALIZED (SELECT set_config('burn.visitor', '{value}', false))"
        assert console.run(eves, asked).rows[0][1] == "0"
        assert console.run(eves, f"{later} SELECT count(*) FROM it, events").rows == [("0",)]


def test_a_syntax_error_is_marked_in_its_line(console: Console, ada: UUID) -> None:
    refused = refuse(console, ada, "-- all of them\nSELECT *\nFORM events")
    assert str(refused) == 'Syntax error at or near "FORM".'
    assert refused.excerpt == "line 3: FORM events\n        ^"


def test_a_mark_far_into_a_long_line_stands_under_its_character(
    console: Console, ada: UUID
) -> None:
    lines = refuse(console, ada, f"SELECT {'1, ' * 100}nothing, {'1, ' * 100}1").excerpt.split("\n")
    assert lines[0][lines[1].index("^") :].startswith("nothing")
    assert max(map(len, lines)) < 90


def test_secrets_are_named_and_refused(console: Console, ada: UUID) -> None:
    said = str(refuse(console, ada, "SELECT * FROM users"))
    assert "can't read users.password_hash, which is secret. Instead of *, name the columns" in said
    assert "id, type, name, avatar_url, is_host" in said
    said = str(refuse(console, ada, "TABLE threads"))
    assert "threads.invitation_key and threads.spectator_key, which are secret" in said
    assert "can't read the table sessions" in str(refuse(console, ada, "TABLE sessions"))
    assert "pg_read_file" in str(refuse(console, ada, "SELECT pg_read_file('/etc/passwd')"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT pg_sleep(9)", "stopped this after 0.5 seconds"),
        ("DELETE FROM facts", "read-only"),
        ("WITH gone AS (DELETE FROM facts RETURNING id) TABLE gone", "read-only"),
        ("CREATE TABLE mine (id int)", "read-only"),
        ("EXPLAIN DELETE FROM facts", "read-only"),
        ("SELECT 1; SELECT 2", "one statement at a time"),
        ("SELECT * FROM message", "The tables are: agents, deletions, events, facts"),
        ("SELECT data->>'txt', u.nam FROM events, users u", 'Perhaps you meant to reference'),
        ("SELECT nonsense(1)", "does not exist"),
        ("SELECT 1 / 0", "Division by zero."),
        ("", "nothing to run"),
        (" -- hm", "nothing to run"),
        ("COPY (SELECT 1) TO STDOUT", "COPY returns no table"),
        ("SELECT $1", "parameter"),
        ("SELECT '\x00'", "U+0000"),
        ("SELECT 1" + " " * MAX_CHARACTERS, "at most 20,000 characters"),
    ],
)  # fmt: skip
def test_a_refused_query_is_explained_in_words(
    console: Console, ada: UUID, query: str, words: str
) -> None:
    assert words.lower() in str(refuse(console, ada, query)).lower()


def test_without_its_role_it_says_what_an_administrator_types(hand: Hand, empty_url: str) -> None:
    owner = Hand(empty_url)
    database = owner.value("SELECT current_database()")
    owner.type(f"CREATE ROLE owner_of_{database} LOGIN")
    owner.type(f"ALTER DATABASE {database} OWNER TO owner_of_{database}")
    humble_url = make_conninfo(empty_url, user=f"owner_of_{database}")
    prepare(humble_url)
    ada = owner.value("INSERT INTO users (name, is_host) VALUES ('ada', true) RETURNING id")
    engine = open_engine(humble_url)
    key = owner.value("SELECT cookie_key FROM instance")
    console = Console(engine, humble_url, key)
    browser_id = owner.sign_in(ada)
    with pytest.raises(NoReadOnlyRole, match="isn't allowed to create roles"):
        console.run(browser_id, "SELECT 1")
    with begin(engine) as session:
        owner.type(write_setup(session, key))
    assert console.run(browser_id, "SELECT count(*) FROM agents").rows == [("3",)]
    engine.dispose()
    owner.connection.close()


def test_too_many_connections_at_once_are_explained(
    console: Console, url: str, cookie_key: str, ada: UUID
) -> None:
    role_url = write_libpq_url(url, derive_role(cookie_key, Part.READER))
    others = [psycopg.connect(role_url) for _ in range(CONNECTIONS)]
    assert "All 10 of the console's connections are in use" in str(refuse(console, ada, "SELECT 1"))
    for other in others:
        other.close()


def test_a_host_whose_connection_is_cut_is_told(console: Console, hand: Hand, ada: UUID) -> None:
    with pytest.raises(BadQuery, match="Try again"):
        console.run(ada, "SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_database_that_cant_be_reached_is_away_as_everywhere(ada: UUID) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:9/nothing"
    engine = open_engine(nowhere)
    with pytest.raises(Away):
        Console(engine, nowhere, "key").run(ada, "SELECT 1")


def test_the_file_has_everything_that_postgres_wrote(console: Console, ada: UUID) -> None:
    result = console.run(
        ada, """SELECT 1 AS a, 'x,"y"' AS a, NULL AS n, repeat('z', 5000) AS z, '["é"]'::jsonb"""
    )
    z = "z" * 5000
    assert write_csv(result) == (f'a,a,n,z,jsonb\r\n1,"x,""y""",,{z},"[""é""]"\r\n')


def test_the_schema_is_read_from_the_catalogue(console: Console, hand: Hand, ada: UUID) -> None:
    columns = read_catalogue(console.run(ada, CATALOGUE))
    seen = {(column.table, column.name) for column in columns}
    assert seen == set(
        hand.type(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public'"
            " AND table_name NOT IN"
            " ('identities', 'instance', 'limits', 'sessions', 'tickets', 'alembic_version')"
            " AND column_name NOT IN ('password_hash', 'spectator_key', 'invitation_key')"
        )
    )
    diagram = write_diagram(columns)
    assert '"facts":"subject_id" -> "users":"id"' in diagram
    assert '"facts":"source_event_id" -> "events":"id"' in diagram
    assert "tools  text[]" in diagram
    assert "source_event_id  uuid  → events.id  can be NULL" in write_text(columns)
