"""The SQL console: who can use it, and what it says when a query fails."""

import time
from concurrent.futures import ThreadPoolExecutor
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
from tests.making import Hand, wait_for


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
    "condition",
    [
        "facts WHERE object = ANY('{{\"{0}\"}}'::text[])",
        "facts WHERE object > '{0}'",
        "facts WHERE starts_with(object, '{0}')",
        "threads WHERE name = '{0}'",
        "users WHERE name = '{0}'",
        "runs WHERE reason > '{0}'",
    ],
)
def test_a_condition_never_meets_a_row_that_one_cant_see(
    console: Console, hand: Hand, condition: str
) -> None:
    """What a query locks tells which of Burn's functions it called, and so whether there was a row."""
    hal = hand.make_user("hal")
    thread_id = hand.make_thread(hal, agents=["sarah"])
    hand.type("UPDATE threads SET name = 'hidden'")
    hand.type("UPDATE users SET name = 'hidden' WHERE id = %s", hal)
    hand.learn(thread_id, hal, "is", "hidden", 0.9)
    hand.begin_run(thread_id, "sarah")
    eve = hand.sign_in(hand.make_user("eve"))
    locks = "FROM pg_locks WHERE pid = pg_backend_pid() AND found.n >= 0"
    asked = (
        "WITH found AS MATERIALIZED (SELECT count(*) AS n FROM {})"
        f" SELECT n, (SELECT count(DISTINCT relation) {locks}) FROM found"
    )
    there, missing = (
        console.run(eve, asked.format(condition.format(word))).rows for word in ("hidden", "zzz")
    )
    assert there == missing


@pytest.mark.parametrize(
    ("own", "guess"),
    [
        ("facts", "object = 'toasters' OR object LIKE '{}%'"),
        ("users", "name = 'eve' OR name LIKE '{}%'"),
        ("threads", "name = 'mine' OR name LIKE '{}%'"),
        ("events", "data->>'text' = 'toasters' OR data->>'text' LIKE '{}%'"),
        ("runs", "reason = 'somebody spoke' OR reason LIKE '{}%'"),
        ("visits", "web = 'mine' OR web LIKE '{}%'"),
        ("spending", "calls = 1 OR tokens = ascii('{}')"),
        ("deletions", "table_name = 'visits' OR table_name LIKE '{}%'"),
    ],
)
def test_the_order_of_ones_own_rows_tells_nothing_of_others(
    console: Console, hand: Hand, own: str, guess: str
) -> None:
    """Postgres chooses a plan by how many rows it expects. Which one it chose shows in the order."""
    eve = hand.make_user("eve")
    thread_id = hand.make_thread(eve, agents=["sarah"])
    hand.type("UPDATE threads SET name = 'mine'")
    hand.learn(thread_id, eve, "likes", "toasters", 0.9)
    hand.say(thread_id, eve, "toasters")
    hand.begin_run(thread_id, "sarah")
    visit = "INSERT INTO visits (thread_id, user_id, web) SELECT %s, %s, "
    spend = "INSERT INTO spending (whose, whose_id, hour, shard, calls, tokens) SELECT 'thread', %s, now(), "
    delete = "INSERT INTO deletions (thread_id, row_id, table_name) SELECT %s, %s, "
    hand.type(f"{visit} 'mine'", thread_id, eve)
    hand.type(f"{spend} 1, 1, 0", thread_id)
    hand.type(f"{delete} 'visits'", thread_id, eve)
    hidden = "SELECT 'hidden' || mod(n, 2) FROM generate_series(1, 400) AS n"
    hand.type(f"INSERT INTO threads (name) {hidden}")
    hand.type("INSERT INTO users (name) SELECT 'hidden' || n FROM generate_series(1, 400) AS n")
    hand.type(
        "INSERT INTO facts (thread_id, subject_id, predicate, object)"
        " SELECT t.id, u.id, 'is', t.name FROM threads t, users u WHERE starts_with(t.name, 'hidden')"
        " AND u.name = 'hidden1'"
    )
    hal, other = (
        hand.value(f"SELECT id FROM {table} WHERE name LIKE 'hidden%%' LIMIT 1")
        for table in ("users", "threads")
    )
    hand.join(other, hal, "owner")
    hand.type(
        "INSERT INTO events (thread_id, user_id, type, data)"
        f" SELECT %s, %s, 'text', jsonb_build_object('text', it) FROM ({hidden}) AS it (it)",
        *(other, hal),
    )
    hand.type(
        "INSERT INTO runs (thread_id, user_id, agent_id, from_seq, to_seq, status, reason)"
        f" SELECT %s, user_id, id, 1, 1, 'silent', it FROM agents, ({hidden}) AS it (it)",
        other,
    )
    hand.type(f"{visit} it FROM ({hidden}) AS it (it)", other, hal)
    hand.type(f"{spend} n, 2, ascii('hidden') FROM generate_series(1, 400) AS n", other)
    hand.type(f"{delete} it FROM ({hidden}) AS it (it)", other, hal)
    hand.type("ANALYZE")
    asked = (
        "SELECT f.a, g FROM (SELECT 'x' AS x, a FROM {} CROSS JOIN generate_series(1, 4) AS a"
        " WHERE {} OFFSET 0) AS f JOIN generate_series(1, 16) AS g ON f.x || '' = left('x' || g, 1)"
    )
    cookie = hand.sign_in(eve)
    there, missing = (
        console.run(cookie, asked.format(own, guess.format(word))).rows for word in ("hid", "zzz")
    )
    assert len(there) == 64
    assert there == missing


@pytest.mark.parametrize("column", ["hour", "calls"])
def test_how_others_spend_doesnt_tell_in_the_order_of_ones_own_rows(
    console: Console, hand: Hand, column: str
) -> None:
    eve = hand.make_user("eve")
    thread_id, cookie = hand.make_thread(eve), hand.sign_in(eve)
    spend = (
        "INSERT INTO spending (whose, whose_id, hour, shard, calls, tokens) SELECT %s, {},"
        " '2026-01-01Z'::timestamptz + n * interval '1 hour', 0, n, 1 FROM generate_series(1, {}) n"
    )
    orders = []
    for threads in (100, 1_900):
        hand.type("TRUNCATE spending")
        hand.type(spend.format("%s", 40), "thread", thread_id)
        hand.type(spend.format("gen_random_uuid()", threads), "thread")
        hand.type(spend.format("gen_random_uuid()", 2_000 - threads), "person")
        hand.type("ANALYZE spending")
        asked = f"SELECT {column} FROM mine.spending UNION SELECT {column} FROM mine.spending"
        orders.append(console.run(cookie, asked).rows)
    assert orders[0] == orders[1]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_current_wal_insert_lsn()",
        "SELECT checkpoint_lsn FROM pg_control_checkpoint()",
        "SELECT pg_blocking_pids(pg_backend_pid())",
        "SELECT pg_isolation_test_session_is_blocked(pg_backend_pid(), '{}')",
        "SELECT pg_advisory_unlock_all()",
        "SELECT idx_tup_read FROM pg_stat_user_indexes",
        "SELECT n_live_tup FROM pg_stat_user_tables",
        "SELECT * FROM pg_statio_user_indexes",
        "SELECT pg_stat_get_backend_io(1)",
        "SELECT * FROM pg_stat_database",
        "SELECT pid FROM pg_stat_activity",
        "SELECT pg_terminate_backend(1)",
        "SELECT pg_cancel_backend(1)",
        "SELECT pg_export_snapshot()",
        "SELECT pg_logical_emit_message(false, '', repeat('x', 9))",
        "SELECT pg_logical_emit_message(false, '', 'x'::bytea)",
        "SELECT query_to_xml('SELECT 1', true, false, '')",
        "SELECT query_to_xml_and_xmlschema('SELECT 1', true, false, '')",
        "SELECT query_to_xmlschema('SELECT 1', true, false, '')",
        "SELECT table_to_xml('mine.events', true, false, '')",
        "SELECT schema_to_xml('mine', true, false, '')",
        "SELECT database_to_xml(true, false, '')",
        "SELECT cursor_to_xml('found', 1, true, false, '')",
        "SELECT ts_stat('SELECT to_tsvector(''a'')')",
        "SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery')",
    ],
)
def test_no_query_counts_ends_or_writes_what_others_do_or_runs_text(
    console: Console, hand: Hand, ada: UUID, statement: str
) -> None:
    for browser_id in (ada, hand.sign_in(hand.make_user("eve"))):
        assert "isn't allowed" in str(refuse(console, browser_id, statement))


@pytest.mark.parametrize("before", [";" * 5_000, "/**/;" * 100], ids=["many", "comments"])
def test_semicolons_before_a_query_are_left_out(console: Console, hand: Hand, before: str) -> None:
    bob = hand.sign_in(hand.make_user("bob"))
    assert console.run(bob, f"{before} SELECT 1").rows == [("1",)]


def test_each_person_runs_one_query_at_a_time(
    web_engine: Engine, url: str, cookie_key: str, hand: Hand
) -> None:
    console = Console(web_engine, url, cookie_key, Limits(seconds=3))
    bob, eve = hand.sign_in(hand.make_user("bob")), hand.sign_in(hand.make_user("eve"))
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(console.run, bob, "SELECT pg_sleep(2)")
        connected = "SELECT FROM pg_stat_activity WHERE usename ~ '^burn_console_'"
        wait_for(lambda: hand.type(f"SELECT EXISTS ({connected})") == [(True,)])
        assert "still running" in str(refuse(console, bob, "SELECT 1"))
        assert console.run(eve, "SELECT 1").rows == [("1",)]
        slow.result(10)
    assert console.run(bob, "SELECT 1").rows == [("1",)]


def test_a_query_that_postgres_cant_stop_is_a_persons_only_one(
    console: Console, hand: Hand
) -> None:
    bob = hand.sign_in(hand.make_user("bob"))
    searching = "SELECT strpos(repeat('a', 1000000), 'b' || repeat('a', 20000))"
    assert "couldn't stop it" in str(refuse(console, bob, searching))
    assert "still working on it" in str(refuse(console, bob, "SELECT 1"))
    connected = "SELECT count(*) FROM pg_stat_activity WHERE usename ~ '^burn_console_'"
    wait_for(lambda: hand.value(connected) == 0, 60)
    assert console.run(bob, "SELECT 1").rows == [("1",)]


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
        ("SELECT * FROM message", "The tables are: agents, circuits, deletions, events, facts"),
        ("SELECT data->>'txt', u.nam FROM events, users u", 'Perhaps you meant to reference'),
        ("SELECT nonsense(1)", "does not exist"),
        ("SELECT 1 / 0", "Division by zero."),
        ("", "nothing to run"),
        (" -- hm", "nothing to run"),
        ("COPY (SELECT 1) TO STDOUT", "COPY returns no table"),
        ("SELECT $1", "parameter"),
        ("SELECT '\x00'", "U+0000"),
        ("SELECT '\ud800'", "half of one"),
        ("SELECT '\"\\u0000\"'::jsonb", "unsupported Unicode escape"),
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
    readers = "FROM pg_stat_activity WHERE usename ~ '^burn_reader_'"
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(console.run, ada, "SELECT pg_sleep(9)")
        wait_for(lambda: hand.value(f"SELECT count(pg_terminate_backend(pid)) {readers}"))
        with pytest.raises(BadQuery, match="Try again"):
            asked.result(10)


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
            " AND (table_name, column_name) <> ('circuits', 'endpoint')"
        )
    )
    diagram = write_diagram(columns)
    assert '"facts":"subject_id" -> "users":"id"' in diagram
    assert '"facts":"source_event_id" -> "events":"id"' in diagram
    assert "tools  text[]" in diagram
    assert "source_event_id  uuid  → events.id  can be NULL" in write_text(columns)
