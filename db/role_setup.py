"""Creating Burn's roles: their settings, what each is granted, and where it works on whole tables."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg import errors, sql
from psycopg.conninfo import make_conninfo
from sqlalchemy.orm import Session

from db.connection import Connection, open_connection
from db.errors import Away
from db.locks import SoleTask, lock_task
from db.roles import (
    CONNECTIONS,
    SECRET_COLUMNS,
    SECRET_TABLES,
    TIMEOUT_SECONDS,
    Part,
    Role,
    derive_role,
    get_driver,
    list_open_columns,
    role_exists,
)
from db.schema import Row

_log = logging.getLogger(__name__)
_READ_ONLY = {
    "default_transaction_read_only": "on",
    "statement_timeout": f"'{TIMEOUT_SECONDS}s'",
    "lock_timeout": "'2s'",
    "idle_in_transaction_session_timeout": "'60s'",
    "work_mem": "'16MB'",
}
# So that nobody waits without end for somebody's open transaction in psql.
_WORKING = {
    "statement_timeout": "'60s'",
    "lock_timeout": "'5s'",
    "idle_in_transaction_session_timeout": "'60s'",
}
# A worker runs few statements, again and again: planning each time would take longer than running them.
_OWN_SETTINGS = {
    Part.CONSOLE: {"search_path": "mine, public"},
    Part.WORKER: {"plan_cache_mode": "force_generic_plan"},
}
# What somebody who has connected as a role can have set for it.
_RESETTING = ("ALTER ROLE {role} RESET ALL", "ALTER ROLE {role} IN DATABASE {database} RESET ALL")
# Rights that everybody has by default and that only Burn needs, if anybody. Only an owner can revoke
# the first two, and only a superuser the others.
_FORBIDDING = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea)"
    " FROM PUBLIC",
    # They write, although nothing is committed: to the server's log of changes, and a file.
    "REVOKE EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text, boolean),"
    " pg_logical_emit_message(boolean, text, bytea, boolean), pg_export_snapshot() FROM PUBLIC",
    # What is revoked is revoked in this database alone.
    "REVOKE CONNECT ON DATABASE template1 FROM PUBLIC",
    # What the server counts of searches tells of rows that the one who asks can't see.
    "DO $$ DECLARE f regprocedure; BEGIN"
    " FOR f IN SELECT oid FROM pg_proc WHERE starts_with(proname, 'pg_stat_get_')"
    " AND has_function_privilege('public', oid, 'EXECUTE') LOOP"
    " EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || f || ' FROM PUBLIC';"
    " EXECUTE 'GRANT EXECUTE ON FUNCTION ' || f || ' TO pg_monitor';"
    " END LOOP; END $$",
    # They tell when anybody writes, and how much; take locks that writers wait for; or warn without end.
    # Or they run a text as a statement, which then isn't read by a cursor: Postgres runs it in parallel, in
    # processes and in memory that no limit of ours reaches.
    "DO $$ DECLARE f regprocedure; BEGIN"
    " FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
    " AND (proname ~ '^pg_current_wal|^pg_advisory_unlock|wal_summar|_to_xml|^ts_stat$|^ts_rewrite$'"
    " OR proname IN ('pg_blocking_pids', 'pg_safe_snapshot_blocking_pids',"
    " 'pg_isolation_test_session_is_blocked', 'pg_control_checkpoint')) LOOP"
    " EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || f || ' FROM PUBLIC';"
    " END LOOP; END $$",
    # With them, people who share a role end each other's queries.
    "REVOKE EXECUTE ON FUNCTION pg_terminate_backend(integer, bigint), pg_cancel_backend(integer)"
    " FROM PUBLIC",
    # All locks are in one table. Once it is full, nobody can lock anything.
    *(
        f"REVOKE EXECUTE ON FUNCTION pg_{waiting}advisory_{span}lock{shared}({key}) FROM PUBLIC"
        for waiting in ("", "try_")
        for span in ("", "xact_")
        for shared in ("", "_shared")
        for key in ("bigint", "integer, integer")
    ),
    "GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint), pg_advisory_xact_lock(bigint),"
    " pg_stat_get_activity(integer), pg_terminate_backend(integer, bigint) TO {own}",
)
# So that Burn can end sessions of the roles that only read (queue.py).
_ENDING = ("GRANT {role} TO {own}",)
# Only a superuser can: limit files; hide from one person what another is running, and how many rows
# a query has read, which tells of those that it may not see; and keep an error out of the log, where
# it can have a gigabyte.
_LIMITS = {
    "temp_file_limit": "1GB",
    "track_activities": "off",
    "track_counts": "off",
    "log_min_messages": "panic",
}


# The tables in which a part may do anything that it is granted, whoever it acts for.
_ALL_TABLES = tuple(sorted(Row.metadata.tables.keys()))
_OPEN_TABLES = tuple(name for name in _ALL_TABLES if name not in SECRET_TABLES)
_WHOLE = {
    Part.WEB: (),
    Part.SEARCH: (),
    Part.DOOR: (
        *("users", "sessions", "identities", "tickets", "limits"),
        *("visits", "memberships", "threads"),
    ),
    Part.WORKER: (*_OPEN_TABLES, "limits", "tickets"),
    Part.CONSOLE: (),
    Part.READER: _OPEN_TABLES,
    Part.NOTEBOOK: _OPEN_TABLES,
}
_WRITING = {
    Part.WEB: (
        "SELECT ON sessions, alembic_version",
        "EXECUTE ON FUNCTION burn_keys, burn_is_fresh, burn_left_ids, burn_was_removed, burn_forget, burn_delete_me",
        # The other columns are what their defaults and triggers make them.
        "INSERT (id, name) ON threads",
        "INSERT (thread_id, user_id, role) ON memberships",
        "INSERT (thread_id, user_id, web) ON visits",
        "INSERT (thread_id, user_id, type, data) ON events",
        "UPDATE (name, status, spectator_key, invitation_key) ON threads",
        "UPDATE (last_seen_seq) ON memberships",
        "DELETE ON memberships",
    ),
    Part.DOOR: (
        "SELECT, INSERT, UPDATE ON users",
        "SELECT, INSERT, UPDATE, DELETE ON sessions, identities, tickets",
        "SELECT, UPDATE (web), DELETE ON visits",
        "SELECT (id, last_seq, status) ON threads",
        "SELECT, INSERT, UPDATE ON limits",
        "SELECT, UPDATE (last_seen_seq) ON memberships",
        "EXECUTE ON FUNCTION burn_tend_queue",
    ),
    Part.WORKER: (
        *(
            f"INSERT, UPDATE, DELETE ON {table}"
            for table in _OPEN_TABLES
            if table not in SECRET_COLUMNS
        ),
        "DELETE ON users, threads",
        "UPDATE (updated_at) ON threads",  # to lock them
        "SELECT, INSERT, UPDATE, DELETE ON circuits",
        "SELECT, DELETE ON limits",
        "SELECT (inserted_at), DELETE ON tickets",
    ),
}


# What the door may read is among its writes, and people read views.
_READING_NO_TABLE = (Part.DOOR, Part.CONSOLE)
# The schemas of views that policies.sql makes where it can.
_SCHEMAS = {Part.SEARCH: ("seen",), Part.CONSOLE: ("mine",)}
# Only a superuser can: otherwise everybody has them.
_LOCKING = (
    "GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint), pg_advisory_xact_lock(bigint),"
    " pg_stat_get_activity(integer) TO {role}",
)


def set_up_roles(session: Session, cookie_key: str) -> None:
    """Create the roles, or give them today's rights. Safe to call twice, and by two at once.

    Where Burn's own role isn't allowed to, the log says so, and Burn does without that role.
    """
    lock_task(session, SoleTask.SET_UP_ROLES)
    for part in Part:
        _set_up_role(session, derive_role(cookie_key, part))
    connection = get_driver(session)
    for statement in _FORBIDDING:
        with _if_allowed(connection):
            connection.execute(_fill(connection, statement).encode())


def write_setup(session: Session, cookie_key: str) -> str:
    """What an administrator types where Burn isn't allowed to create its roles."""
    connection = get_driver(session)
    roles = [derive_role(cookie_key, part) for part in Part]
    lines = [
        _fill(connection, statement, role)
        for role in roles
        for statement in (
            *_list_creation(role, _hash_password(connection, role)),
            *_list_limits(role),
            *_list_grants(role.part),
            *(_ENDING if role.part.only_reads else _LOCKING),
            *_list_policies(role, _WHOLE[role.part]),
        )
    ]
    lines += [_fill(connection, statement) for statement in _FORBIDDING]
    return "".join(f"{line};\n" for line in lines)


def _set_up_role(session: Session, role: Role) -> None:
    connection = get_driver(session)
    if not _is_set_up(session, role):
        statements = _list_creation(role, _hash_password(connection, role))
        if role_exists(session, role):
            changes = [it.replace("CREATE ROLE", "ALTER ROLE") for it in statements]
            statements = [*_RESETTING, *changes]
        with _if_allowed(connection, f"create or change {role.name}, the role of its {role.part}"):
            _execute(connection, role, statements)
    for statement in _list_limits(role):
        with _if_allowed(connection):
            _execute(connection, role, [statement])
    if role_exists(session, role):
        with _if_allowed(connection, f"grant {role.name} what it needs"):
            _execute(connection, role, _list_grants(role.part))
            _add_policies(connection, role)
        for schema in _SCHEMAS.get(role.part, ()):
            with _if_allowed(connection):
                _execute(connection, role, _list_views(schema))
        with _if_allowed(connection):
            _execute(connection, role, _ENDING if role.part.only_reads else _LOCKING)


def _hash_password(connection: Connection, role: Role) -> str:
    """Hashed here: a server that logs statements would log the password itself."""
    name, password = role.name.encode(), role.password.encode()
    return connection.pgconn.encrypt_password(password, name, b"scram-sha-256").decode()


def _is_set_up(session: Session, role: Role) -> bool:
    """Whether it can connect, with its settings and no others. Whoever connects as a role can change its
    settings and its password. The notebook's, which people are given, are made new each time.
    """
    if role.part is Part.NOTEBOOK or not role_exists(session, role):
        return False
    found = get_driver(session).execute(
        "SELECT setdatabase <> 0, setconfig FROM pg_db_role_setting"
        " WHERE setrole = (SELECT oid FROM pg_roles WHERE rolname = %s) AND setdatabase IN"
        " (0, (SELECT oid FROM pg_database WHERE datname = current_database()))",
        [role.name],
    )
    settings = {is_here: set(config) for is_here, config in found.fetchall()}
    wanted = {name + "=" + value.strip("'") for name, value in _list_settings(role)}
    limits = {f"{name}={value}" for name, value in _LIMITS.items()}
    return (
        not settings.get(True)
        and settings.get(False, set()) - limits == wanted
        and _can_connect(get_driver(session), role)
    )


def _can_connect(connection: Connection, role: Role) -> bool:
    address = make_conninfo(connection.info.dsn, user=role.name, password=role.password)
    try:
        open_connection(address).close()
    except Away:
        return False
    return True


def _list_creation(role: Role, secret: str) -> list[str]:
    limit = f" CONNECTION LIMIT {CONNECTIONS}" if role.part.only_reads else ""
    settings = [f"ALTER ROLE {{role}} SET {name} = {to}" for name, to in _list_settings(role)]
    return [f"CREATE ROLE {{role}} LOGIN PASSWORD '{secret}'{limit}", *settings]


def _list_settings(role: Role) -> list[tuple[str, str]]:
    settings = _READ_ONLY if role.part.only_reads else _WORKING
    return list((settings | _OWN_SETTINGS.get(role.part, {})).items())


def _list_limits(role: Role) -> list[str]:
    limits = _LIMITS if role.part.only_reads else {}
    return [f"ALTER ROLE {{role}} SET {name} = '{to}'" for name, to in limits.items()]


def _list_views(schema: str) -> list[str]:
    return [
        f"GRANT USAGE ON SCHEMA {schema} TO {{role}}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {{role}}",
    ]


def _list_grants(part: Part) -> list[str]:
    """Everything the role is allowed to do. First, what an earlier version granted is revoked."""
    reads = [
        f"SELECT ({', '.join(list_open_columns(table))}) ON {table}"
        if table in SECRET_COLUMNS
        else f"SELECT ON {table}"
        for table in _OPEN_TABLES
    ]
    return [
        "GRANT CONNECT ON DATABASE {database} TO {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        *(
            f"GRANT {right} TO {{role}}"
            for right in [*([] if part in _READING_NO_TABLE else reads), *_WRITING.get(part, ())]
        ),
    ]


def _add_policies(connection: Connection, role: Role) -> None:
    """Let the role past row-level security in the tables that it works on as a whole."""
    found = connection.execute(
        "SELECT tablename FROM pg_policies WHERE policyname = %s", [role.name]
    )
    there = {table for (table,) in found.fetchall()}
    missing = [table for table in _WHOLE[role.part] if table not in there]
    _execute(connection, role, _list_policies(role, missing))


def _list_policies(role: Role, tables: Sequence[str]) -> list[str]:
    command, check = ("SELECT", "") if role.part.only_reads else ("ALL", " WITH CHECK (true)")
    return [
        f"CREATE POLICY {{role}} ON {table} FOR {command} TO {{role}} USING (true){check}"
        for table in tables
    ]


@contextmanager
def _if_allowed(connection: Connection, purpose: str = "") -> Iterator[None]:
    """Do it if Burn's own role is allowed to; otherwise do nothing, and warn if purpose is given.

    Roles belong to the whole server: a copy of this database has the same one. If the copy creates
    or changes it at the same moment, that is good enough for both. The schema seen, or the role, may be
    missing.
    """
    try:
        with connection.transaction():
            yield
    except errors.InsufficientPrivilege as error:
        if purpose:
            said = error.diag.message_primary
            _log.warning("Burn's own role isn't allowed to %s: %s", purpose, said)
    except (
        errors.InvalidSchemaName,
        errors.UndefinedObject,
        errors.DuplicateObject,
        errors.UniqueViolation,
        errors.InternalError_,  # "tuple concurrently updated"
    ):
        pass


def _execute(connection: Connection, role: Role, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(_fill(connection, statement, role).encode())


def _fill(connection: Connection, statement: str, role: Role | None = None) -> str:
    return statement.format(
        role="" if role is None else sql.Identifier(role.name).as_string(connection),
        own=sql.Identifier(connection.info.user).as_string(connection),
        database=sql.Identifier(connection.info.dbname).as_string(connection),
    )
