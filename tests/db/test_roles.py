"""The read-only role: what it can't do, whatever is typed, and how it is set up."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, create_engine, text

from burn_core.bootstrap import prepare
from db.connection import begin, open_engine
from db.instance import get_cookie_key
from db.migrate import migrate
from db.read_only.query import Limits, QueryRefused, QueryResult, run
from db.role_setup import set_up_roles, write_setup
from db.roles import (
    CONNECTIONS,
    SECRET_COLUMNS,
    SECRET_TABLES,
    Part,
    Role,
    derive_role,
    find_address,
    role_exists,
    write_libpq_url,
    write_sqlalchemy_url,
)
from db.schema import Row
from db.visitor import Visitor, act_as, open_visitors_engine, searching
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
    "SELECT invitation_key FROM threads",
    "SELECT count(*) FROM threads WHERE invitation_key < gen_random_uuid()",
    "SELECT to_jsonb(t) FROM threads t",
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
def role(cookie_key: str) -> Role:
    return derive_role(cookie_key, Part.READER)


@pytest.fixture
def role_url(url: str, role: Role) -> str:
    return write_libpq_url(url, role)


def ask(role_url: str, statement: str, **limits: float) -> QueryResult:
    return run(role_url, statement, Limits(**limits))  # type: ignore[arg-type]


def refuse(role_url: str, statement: str, **limits: float) -> QueryRefused:
    with pytest.raises(QueryRefused) as refused:
        ask(role_url, statement, **limits)
    return refused.value


def type_as(role_url: str, *statements: str) -> None:
    """In a session of their own, as somebody who has the address and lifts every limit they can."""
    with psycopg.connect(role_url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        for statement in statements:
            connection.execute(statement.encode())


def test_it_reads_every_table_except_the_secret_ones(role_url: str, ada: UUID) -> None:
    for table in Row.metadata.tables:
        if table in SECRET_TABLES:
            assert refuse(role_url, f"SELECT * FROM {table}").code == NOT_ALLOWED
        elif table in SECRET_COLUMNS:
            assert ask(role_url, f"SELECT id FROM {table}").columns
        else:
            assert ask(role_url, f"SELECT * FROM {table}").columns
    assert ask(role_url, "SELECT id, name FROM users WHERE type = 'human'").rows == [
        (str(ada), "ada")
    ]


def test_it_reads_no_secret(role_url: str) -> None:
    assert {refuse(role_url, secret).code for secret in SECRETS} == {NOT_ALLOWED}


def test_statistics_tell_no_secret(hand: Hand, role_url: str, ada: UUID) -> None:
    hand.type("UPDATE users SET password_hash = 'secret'")
    hand.type("ANALYZE users")
    hand.type("ANALYZE instance")
    # Postgres keeps those of tables with row-level security to itself.
    seen = ask(role_url, "SELECT tablename FROM pg_stats WHERE schemaname = 'public'").rows
    assert {table for (table,) in seen} <= {"alembic_version"}


def test_on_the_screen_it_can_only_read(role_url: str) -> None:
    for deed in DEEDS:
        assert refuse(role_url, deed), deed


def test_with_its_limits_lifted_it_can_still_only_read(role_url: str) -> None:
    for deed in BOLD_DEEDS:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            type_as(role_url, deed)


@pytest.mark.parametrize(
    "statement", ["CREATE TEMP TABLE mine (id int)", "SELECT lo_create(0)", "SELECT lo_creat(1)"]
)
def test_it_leaves_nothing_on_the_disk(url: str, role_url: str, statement: str) -> None:
    # A copy of a database doesn't inherit this. Burn sets it when it starts.
    prepare(url)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        type_as(role_url, statement)


def test_reset_leads_to_no_other_role(role_url: str, role: Role) -> None:
    with psycopg.connect(role_url, autocommit=True) as connection:
        for statement in ("RESET ROLE", "RESET SESSION AUTHORIZATION", "SET ROLE NONE"):
            connection.execute(statement.encode())
            who = connection.execute("SELECT current_user, session_user").fetchone()
            assert who == (role.name, role.name)


def test_its_sessions_begin_with_its_limits(role_url: str) -> None:
    shown = {
        name: ask(role_url, f"SHOW {name}").rows[0][0]
        for name in ("transaction_read_only", "default_transaction_read_only", "lock_timeout")
    }
    assert shown == {
        "transaction_read_only": "on",
        "default_transaction_read_only": "on",
        "lock_timeout": "2s",
    }
    with psycopg.connect(role_url) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("5s",)
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)


def test_its_connections_are_limited(hand: Hand, role: Role) -> None:
    limit = hand.value("SELECT rolconnlimit FROM pg_roles WHERE rolname = %s", role.name)
    assert limit == CONNECTIONS


def test_postgres_keeps_only_a_hash_of_its_password(hand: Hand, role: Role) -> None:
    """Looked up in Postgres, because the test's server lets everybody in without a password."""
    kept = hand.value("SELECT rolpassword FROM pg_authid WHERE rolname = %s", role.name)
    assert kept.startswith("SCRAM-SHA-256$")
    assert role.password not in kept
    assert repr(role).count(role.password) == 0


def test_databases_with_different_keys_have_different_roles() -> None:
    one, other = derive_role("one", Part.READER), derive_role("other", Part.READER)
    assert one == derive_role("one", Part.READER)
    assert one.name != other.name
    assert one.password != other.password


def test_copies_of_a_database_can_be_prepared_at_once(url: str, empty_url: str) -> None:
    """They have the same key, and so the same role, which belongs to the whole server."""
    engine = open_engine(empty_url)
    migrate(engine)
    engine.dispose()
    for each in (url, empty_url):
        Hand(each).type("DELETE FROM instance")
        Hand(each).type("INSERT INTO instance (cookie_key) VALUES ('the same')")
    with ThreadPoolExecutor() as pool:
        list(pool.map(prepare, [url, empty_url] * 3, timeout=60))
    for each in (url, empty_url):
        role_url = write_libpq_url(each, derive_role("the same", Part.READER))
        assert ask(role_url, "SELECT count(*) FROM facts").rows == [("0",)]


def test_what_an_earlier_version_granted_is_revoked(
    url: str, hand: Hand, role: Role, role_url: str
) -> None:
    hand.type(f"GRANT SELECT, INSERT ON users, sessions TO {role.name}")
    assert ask(role_url, "SELECT * FROM sessions").rows == []
    prepare(url)
    assert refuse(role_url, "SELECT * FROM sessions").code == NOT_ALLOWED
    assert refuse(role_url, "SELECT * FROM users").code == NOT_ALLOWED


@pytest.fixture
def humble_url(hand: Hand, empty_url: str) -> str:
    """An empty database whose owner isn't allowed to create roles."""
    owner = Hand(empty_url)
    name = owner.value("SELECT current_database()")
    owner.type(f"CREATE ROLE owner_of_{name} LOGIN")
    owner.type(f"ALTER DATABASE {name} OWNER TO owner_of_{name}")
    owner.connection.close()
    return make_conninfo(empty_url, user=f"owner_of_{name}")


def test_burn_needs_no_superuser(humble_url: str, empty_url: str) -> None:
    administrator = Hand(empty_url)
    name = administrator.value(
        "SELECT datdba::regrole FROM pg_database WHERE datname = current_database()"
    )
    administrator.type(f"ALTER ROLE {name} CREATEROLE")
    prepare(humble_url)
    prepare(humble_url)
    key = administrator.value("SELECT cookie_key FROM instance")
    ada = administrator.make_user("ada")
    administrator.say(administrator.make_thread(ada), ada, "hello")
    engine = open_visitors_engine(humble_url, key)
    for visitor, events in ((Visitor(administrator.sign_in(ada)), 1), (Visitor(), 0)):
        with begin(act_as(engine, visitor)) as session:
            assert session.scalar(text("SELECT current_user")) == derive_role(key, Part.WEB).name
            assert session.scalar(text("SELECT count(*) FROM events")) == events
            with searching(session) as searcher:
                assert searcher.scalar(text("SELECT count(*) FROM events")) == events
                who = searcher.scalar(text("SELECT current_user"))
                assert who == derive_role(key, Part.SEARCH).name
    engine.dispose()
    program = psycopg.connect(write_libpq_url(humble_url, derive_role(key, Part.NOTEBOOK)))
    door = Hand(write_libpq_url(humble_url, derive_role(key, Part.DOOR)))
    assert door.value("SELECT ended FROM burn_tend_queue(-1)") == 1
    with pytest.raises(psycopg.OperationalError):
        program.execute("SELECT 1")


def test_the_worker_and_the_door_see_no_more_than_they_need(
    url: str, cookie_key: str, thread_id: UUID
) -> None:
    forbidden = {
        Part.WORKER: [
            "users.password_hash",
            "threads.invitation_key",
            "sessions.id",
            "instance.id",
        ],
        Part.DOOR: ["events.data", "facts.object", "threads.invitation_key", "instance.id"],
    }
    for part, columns in forbidden.items():
        with psycopg.connect(find_address(url, cookie_key, part), autocommit=True) as connection:
            for column in columns:
                table, _, name = column.partition(".")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SELECT {name} FROM {table}".encode())


@pytest.mark.parametrize("part", Part)
def test_no_role_makes_a_trigger_of_burns_own_functions(
    url: str, hand: Hand, cookie_key: str, part: Part
) -> None:
    """They write as the tables' owner, and would take the rows of a table of one's own for events."""
    role = derive_role(cookie_key, part).name
    triggers = "FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype"
    assert hand.value(f"SELECT count(*) {triggers}") > 10
    may = f"SELECT proname {triggers} AND has_function_privilege(%s, oid, 'EXECUTE')"
    assert hand.type(may, role) == []
    # As where nobody could revoke it.
    hand.type(f"GRANT TEMPORARY ON DATABASE {hand.value('SELECT current_database()')} TO {role}")
    make_trigger = (
        "CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION burn_tap()"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="burn_tap"):
        type_as(
            write_libpq_url(url, derive_role(cookie_key, part)),
            "CREATE TEMP TABLE mine (type text, thread_id uuid, user_id uuid, data jsonb)",
            make_trigger,
        )


def test_without_the_right_to_create_roles_burn_starts_and_says_what_an_administrator_types(
    humble_url: str, empty_url: str
) -> None:
    prepare(humble_url)
    prepare(humble_url)
    engine = open_engine(humble_url)
    with begin(engine) as session:
        key = get_cookie_key(session)
        role = derive_role(key, Part.READER)
        assert not role_exists(session, role)
        setup = write_setup(session, key)
    engine.dispose()
    role_url = write_libpq_url(humble_url, role)
    assert refuse(role_url, "SELECT 1").code == ""
    administrator = Hand(empty_url)
    administrator.type(setup)
    assert ask(role_url, "SELECT count(*) FROM agents").rows == [("3",)]
    assert refuse(role_url, "SELECT * FROM users").code == NOT_ALLOWED
    prepare(humble_url)
    assert ask(role_url, "SELECT count(*) FROM agents").rows == [("3",)]


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
    assert write_sqlalchemy_url(url, Role(Part.READER, "r", "p")) == written


def test_its_address_works_in_sqlalchemy(url: str, role: Role) -> None:
    engine = create_engine(write_sqlalchemy_url(url, role))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == role.name
    engine.dispose()


@pytest.mark.parametrize("part", Part)
def test_a_setting_that_somebody_changed_as_a_role_is_put_right_at_the_next_start(
    url: str, hand: Hand, cookie_key: str, part: Part
) -> None:
    settings = (
        "SELECT setdatabase, (SELECT array_agg(it ORDER BY it) FROM unnest(setconfig) it)"
        " FROM pg_db_role_setting WHERE setrole = %s::regrole ORDER BY 1"
    )
    role = derive_role(cookie_key, part)
    before = hand.type(settings, role.name)
    with psycopg.connect(write_libpq_url(url, role), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        database = connection.info.dbname
        for change in (
            "SET statement_timeout = 0",
            "SET search_path = pg_temp, public",
            f"IN DATABASE {database} SET lock_timeout = 0",
        ):
            connection.execute(f"ALTER ROLE {role.name} {change}".encode())
    assert hand.type(settings, role.name) != before
    prepare(url)
    assert hand.type(settings, role.name) == before


@pytest.mark.parametrize("part", Part)
def test_a_role_that_cant_connect_gets_its_password_at_the_next_start(
    url: str, hand: Hand, cookie_key: str, part: Part
) -> None:
    """The test's server asks for no password, so the role is kept from connecting in another way."""
    kept = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
    role = derive_role(cookie_key, part)
    hand.type(f"ALTER ROLE {role.name} PASSWORD 'changed' NOLOGIN")
    changed = hand.value(kept, role.name)
    prepare(url)
    assert hand.value(kept, role.name) != changed
    psycopg.connect(write_libpq_url(url, role)).close()


def test_the_role_is_created_once(engine: Engine, hand: Hand, role: Role, cookie_key: str) -> None:
    kept = "SELECT xmin::text FROM pg_authid WHERE rolname = %s"
    before = hand.value(kept, role.name)
    with begin(engine) as session:
        set_up_roles(session, cookie_key)
    assert hand.value(kept, role.name) == before
