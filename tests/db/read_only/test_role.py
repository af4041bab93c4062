"""The reader's role: what it can't do, whatever is typed, and how it comes to be."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, create_engine, text

from burn_core.bootstrap import prepare
from db.connection import begin, open_engine
from db.migrate import migrate
from db.read_only.query import Answer, Limits, Refused, run
from db.read_only.role import (
    CONNECTIONS,
    SECRET_COLUMNS,
    SECRET_TABLES,
    Reader,
    derive_reader,
    has_reader,
    make_reader,
    make_reader_url,
    write_reader_url,
    write_setup,
)
from db.schema import Row
from tests.making import Hand

NOT_ALLOWED = "42501"
SECRETS = [
    "SELECT password_hash FROM users",
    "SELECT * FROM users",
    "SELECT u FROM users u",
    "SELECT to_jsonb(u) FROM users u",
    "SELECT count(*) FROM users WHERE password_hash IS NULL",
    "SELECT id FROM users ORDER BY password_hash",
    "TABLE threads",
    "SELECT spectator_key FROM threads",
    "SELECT cookie_key FROM instance",
    "SELECT browser_id FROM sessions",
    "SELECT rolpassword FROM pg_authid",
]
DEEDS = [
    "INSERT INTO users (name) VALUES ('eve')",
    "UPDATE users SET is_host = true",
    "DELETE FROM threads",
    "TRUNCATE facts",
    "WITH gone AS (DELETE FROM facts RETURNING id) SELECT * FROM gone",
    "SELECT id FROM users FOR UPDATE",
    "SELECT 1 AS one INTO mine",
    "CREATE TABLE mine (id int)",
    "CREATE TEMP TABLE mine (id int)",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION dblink",
    "DROP TABLE facts",
    "LOCK TABLE facts",
    "EXPLAIN ANALYZE DELETE FROM facts",
    "DO $$ BEGIN DELETE FROM facts; END $$",
    "CALL nothing()",
    "COPY users (name) FROM STDIN",
    "COPY (SELECT 1) TO STDOUT",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_create(0)",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SELECT set_config('role', 'postgres', false)",
    "ALTER ROLE postgres PASSWORD 'mine'",
    "ALTER SYSTEM SET work_mem = '1GB'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "SELECT pg_reload_conf()",
]
BOLD_DEEDS = [
    "INSERT INTO users (name) VALUES ('eve')",
    "UPDATE users SET is_host = true",
    "DELETE FROM threads",
    "TRUNCATE facts",
    "SELECT id FROM users FOR UPDATE",
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "DROP TABLE facts",
    "BEGIN; LOCK TABLE facts IN EXCLUSIVE MODE",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "SELECT pg_read_file('/etc/passwd')",
    "SET ROLE postgres",
    "SELECT * FROM instance",
    "SELECT password_hash FROM users",
    "SET temp_file_limit = -1",
]


@pytest.fixture
def reader(hand: Hand) -> Reader:
    return derive_reader(hand.value("SELECT cookie_key FROM instance"))


@pytest.fixture
def reader_url(url: str, reader: Reader) -> str:
    return make_reader_url(url, reader)


def ask(reader_url: str, statement: str, **limits: float) -> Answer:
    return run(reader_url, statement, Limits(**limits))  # type: ignore[arg-type]


def refuse(reader_url: str, statement: str, **limits: float) -> Refused:
    with pytest.raises(Refused) as refused:
        ask(reader_url, statement, **limits)
    return refused.value


def type_as(reader_url: str, *statements: str) -> None:
    """In a session of one's own, as who has the address and lifts every limit that they can."""
    with psycopg.connect(reader_url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        for statement in statements:
            connection.execute(statement.encode())


def test_it_reads_every_table_but_the_secret_ones(reader_url: str, ada: UUID) -> None:
    for table in Row.metadata.tables:
        if table in SECRET_TABLES:
            assert refuse(reader_url, f"SELECT * FROM {table}").code == NOT_ALLOWED
        elif table in SECRET_COLUMNS:
            assert ask(reader_url, f"SELECT id FROM {table}").columns
        else:
            assert ask(reader_url, f"SELECT * FROM {table}").columns
    assert ask(reader_url, "SELECT id, name FROM users WHERE type = 'human'").rows == [
        (str(ada), "ada")
    ]


def test_it_reads_no_secret(reader_url: str) -> None:
    assert {refuse(reader_url, secret).code for secret in SECRETS} == {NOT_ALLOWED}


def test_statistics_tell_no_secret(hand: Hand, reader_url: str, ada: UUID) -> None:
    hand.type("UPDATE users SET password_hash = 'secret'")
    hand.type("ANALYZE users")
    hand.type("ANALYZE instance")
    seen = ask(reader_url, "SELECT DISTINCT tablename, attname FROM pg_stats").rows
    assert ("users", "name") in seen
    assert ("users", "password_hash") not in seen
    assert not [row for row in seen if row[0] in SECRET_TABLES]


def test_on_the_screen_it_does_nothing_but_read(reader_url: str) -> None:
    for deed in DEEDS:
        assert refuse(reader_url, deed), deed


def test_with_its_limits_lifted_it_can_only_read_too(reader_url: str) -> None:
    for deed in BOLD_DEEDS:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            type_as(reader_url, deed)


@pytest.mark.parametrize(
    "statement", ["CREATE TEMP TABLE mine (id int)", "SELECT lo_create(0)", "SELECT lo_creat(1)"]
)
def test_it_leaves_nothing_on_the_disk(url: str, reader_url: str, statement: str) -> None:
    # What a copy of a database doesn't inherit is given to it as Burn starts.
    prepare(url)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        type_as(reader_url, statement)


def test_reset_brings_nobody_back(reader_url: str, reader: Reader) -> None:
    with psycopg.connect(reader_url, autocommit=True) as connection:
        for statement in ("RESET ROLE", "RESET SESSION AUTHORIZATION", "SET ROLE NONE"):
            connection.execute(statement.encode())
            who = connection.execute("SELECT current_user, session_user").fetchone()
            assert who == (reader.name, reader.name)


def test_whoever_signs_in_as_the_reader_has_its_limits(reader_url: str) -> None:
    shown = {
        name: ask(reader_url, f"SHOW {name}").rows[0][0]
        for name in ("transaction_read_only", "default_transaction_read_only", "lock_timeout")
    }
    assert shown == {
        "transaction_read_only": "on",
        "default_transaction_read_only": "on",
        "lock_timeout": "2s",
    }
    with psycopg.connect(reader_url) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("5s",)
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)


def test_only_so_many_read_at_once(hand: Hand, reader: Reader) -> None:
    limit = hand.value("SELECT rolconnlimit FROM pg_roles WHERE rolname = %s", reader.name)
    assert limit == CONNECTIONS


def test_the_password_is_the_readers(hand: Hand, reader: Reader) -> None:
    """As Postgres checks it: the test's server lets everybody in without."""
    kept = hand.value("SELECT rolpassword FROM pg_authid WHERE rolname = %s", reader.name)
    assert kept.startswith("SCRAM-SHA-256$")
    assert reader.password not in kept
    assert repr(reader).count(reader.password) == 0


def test_databases_with_other_keys_have_other_readers() -> None:
    one, other = derive_reader("one"), derive_reader("other")
    assert one == derive_reader("one")
    assert one.name != other.name
    assert one.password != other.password


def test_copies_of_a_database_can_be_prepared_at_once(url: str, empty_url: str) -> None:
    """They have one key, and so one reader, which belongs to the whole server."""
    engine = open_engine(empty_url)
    migrate(engine)
    engine.dispose()
    for each in (url, empty_url):
        Hand(each).type("DELETE FROM instance")
        Hand(each).type("INSERT INTO instance (cookie_key) VALUES ('the same')")
    with ThreadPoolExecutor() as pool:
        list(pool.map(prepare, [url, empty_url] * 3))
    for each in (url, empty_url):
        reader_url = make_reader_url(each, derive_reader("the same"))
        assert ask(reader_url, "SELECT count(*) FROM facts").rows == [("0",)]


def test_what_an_earlier_version_granted_is_taken_back(
    url: str, hand: Hand, reader: Reader, reader_url: str
) -> None:
    hand.type(f"GRANT SELECT, INSERT ON users, sessions TO {reader.name}")
    assert ask(reader_url, "SELECT * FROM sessions").rows == []
    prepare(url)
    assert refuse(reader_url, "SELECT * FROM sessions").code == NOT_ALLOWED
    assert refuse(reader_url, "SELECT * FROM users").code == NOT_ALLOWED


@pytest.fixture
def humble_url(hand: Hand, empty_url: str) -> str:
    """An empty database whose owner may make no roles."""
    owner = Hand(empty_url)
    name = owner.value("SELECT current_database()")
    owner.type(f"CREATE ROLE owner_of_{name} LOGIN")
    owner.type(f"ALTER DATABASE {name} OWNER TO owner_of_{name}")
    owner.connection.close()
    return make_conninfo(empty_url, user=f"owner_of_{name}")


def test_burn_starts_without_the_right_to_make_roles_and_says_what_an_administrator_types(
    humble_url: str, empty_url: str
) -> None:
    prepare(humble_url)
    prepare(humble_url)
    engine = open_engine(humble_url)
    with begin(engine) as session:
        reader = derive_reader(session.scalar(text("SELECT cookie_key FROM instance")) or "")
        assert not has_reader(session, reader)
        setup = write_setup(session, reader)
    engine.dispose()
    reader_url = make_reader_url(humble_url, reader)
    assert refuse(reader_url, "SELECT 1").code == ""
    administrator = Hand(empty_url)
    administrator.type(setup)
    assert ask(reader_url, "SELECT count(*) FROM agents").rows == [("3",)]
    assert refuse(reader_url, "SELECT * FROM users").code == NOT_ALLOWED
    prepare(humble_url)
    assert ask(reader_url, "SELECT count(*) FROM agents").rows == [("3",)]


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("postgresql://me:mine@db:5433/burn", "postgresql+psycopg://r:p@db:5433/burn"),
        (
            "postgresql://me@/burn?host=/tmp/a%20b&port=5433",
            "postgresql+psycopg://r:p@/burn?host=%2Ftmp%2Fa+b&port=5433",
        ),
        (
            "host=db dbname=burn sslmode=require",
            "postgresql+psycopg://r:p@db/burn?sslmode=require",
        ),
    ],
)
def test_its_address_is_written_as_sqlalchemy_takes_it(url: str, written: str) -> None:
    assert write_reader_url(url, Reader("r", "p")) == written


def test_its_address_works_in_sqlalchemy(url: str, reader: Reader) -> None:
    engine = create_engine(write_reader_url(url, reader))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == reader.name
    engine.dispose()


def test_the_reader_is_made_once(engine: Engine, hand: Hand, reader: Reader) -> None:
    kept = "SELECT xmin::text FROM pg_authid WHERE rolname = %s"
    before = hand.value(kept, reader.name)
    with begin(engine) as session:
        make_reader(session, reader)
    assert hand.value(kept, reader.name) == before
