"""Creating Burn's roles: their settings, what each is granted, and where it works on whole tables."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg import errors, sql
from sqlalchemy.orm import Session

from db.connection import Connection
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
    "statement_timeout": f"{TIMEOUT_SECONDS}s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "60s",
    "work_mem": "16MB",
}
# Rights that everybody has by default and nobody needs. Only an owner can revoke them, and the last
# one only a superuser.
_FORBIDDING = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea)"
    " FROM PUBLIC",
)
# Only a superuser can: limit files, and hide from one person what another is running.
_LIMITING = (
    "ALTER ROLE {role} SET temp_file_limit = '1GB'",
    "ALTER ROLE {role} SET track_activities = off",
)


# The tables in which a part may do anything that it is granted, whoever it acts for.
_ALL_TABLES = tuple(sorted(Row.metadata.tables.keys()))
_OPEN_TABLES = tuple(name for name in _ALL_TABLES if name not in SECRET_TABLES)
_WHOLE = {
    Part.WEB: (),
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
        "EXECUTE ON FUNCTION burn_keys, burn_left_ids, burn_is_removed",
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
        "SELECT, DELETE ON visits",
        "SELECT (id, last_seq) ON threads",
        "SELECT, INSERT, UPDATE ON limits",
        "SELECT, UPDATE (last_seen_seq) ON memberships",
    ),
    Part.WORKER: (
        *(
            f"INSERT, UPDATE, DELETE ON {table}"
            for table in _OPEN_TABLES
            if table not in SECRET_COLUMNS
        ),
        "DELETE ON users, threads",
        "SELECT, DELETE ON limits, tickets",
    ),
}


# The views in policies.sql, where they could be made.
_SEARCHING = (
    "GRANT USAGE ON SCHEMA seen TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA seen TO {role}",
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
            statements = [it.replace("CREATE ROLE", "ALTER ROLE") for it in statements]
        with _if_allowed(connection, f"create or change {role.name}, the role of its {role.part}"):
            _execute(connection, role, statements)
            for statement in _list_limits(role):
                with _if_allowed(connection):
                    _execute(connection, role, [statement])
    if role_exists(session, role):
        with _if_allowed(connection, f"grant {role.name} what it needs"):
            _execute(connection, role, _list_grants(role.part))
            _add_policies(connection, role)
        if role.part is Part.WEB:
            with _if_allowed(connection):
                _execute(connection, role, _SEARCHING)


def _hash_password(connection: Connection, role: Role) -> str:
    """Hashed here: a server that logs statements would log the password itself."""
    name, password = role.name.encode(), role.password.encode()
    return connection.pgconn.encrypt_password(password, name, b"scram-sha-256").decode()


def _is_set_up(session: Session, role: Role) -> bool:
    """Whether it has its settings. A notebook's holder could have changed them, or its password."""
    if role.part is Part.NOTEBOOK:
        return False
    found = (
        get_driver(session)
        .execute("SELECT rolconfig FROM pg_roles WHERE rolname = %s", [role.name])
        .fetchone()
    )
    wanted = {f"{name}={value}" for name, value in _list_settings(role)}
    return found is not None and wanted <= set(found[0] or [])


def _list_creation(role: Role, secret: str) -> list[str]:
    limit = f" CONNECTION LIMIT {CONNECTIONS}" if role.part.only_reads else ""
    settings = [f"ALTER ROLE {{role}} SET {name} = '{to}'" for name, to in _list_settings(role)]
    return [f"CREATE ROLE {{role}} LOGIN PASSWORD '{secret}'{limit}", *settings]


def _list_settings(role: Role) -> list[tuple[str, str]]:
    return list(_READ_ONLY.items()) if role.part.only_reads else []


def _list_limits(role: Role) -> Sequence[str]:
    return _LIMITING if role.part.only_reads else ()


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
            for right in [*([] if part is Part.DOOR else reads), *_WRITING.get(part, ())]
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
    or changes it at the same moment, that is good enough for both. The schema seen may be missing.
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
        database=sql.Identifier(connection.info.dbname).as_string(connection),
    )
