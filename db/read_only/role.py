"""The read-only role: a login role of Postgres that can read everything but the secrets.

That holds because of what it is granted. Its settings (read-only transactions, time-outs) are only
defaults: anybody who signs in with its password can change them for their own session.

What such a session can still do to others: keep Postgres busy, over at most CONNECTIONS
connections; end other sessions of the role; make a migration wait while it reads; send
notifications, which make Burn check for nothing; and hold advisory locks, so that Burn waits to
migrate or to change hosts, or takes a dead worker for a live one until its lease runs out. Where no
superuser has forbidden it (see _FORBIDDING), it can also fill the disk with large objects and the
temporary files of large sorts. The console's queries (query.py) are rolled back within seconds, and
their connections closed.
"""

import hmac
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast

from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import URL
from sqlalchemy.orm import Session

from db.connection import Connection
from db.locks import SoleTask, lock_task
from db.schema import Row

_log = logging.getLogger(__name__)
CONNECTIONS = 10
TIMEOUT_SECONDS = 5
_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": f"{TIMEOUT_SECONDS}s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "60s",
    "work_mem": "16MB",
}
SECRET_TABLES = frozenset({"identities", "instance", "sessions", "tickets"})
SECRET_COLUMNS = {"users": "password_hash", "threads": "spectator_key"}
# Rights that everybody has by default and the role doesn't need. Only an owner can revoke them, and
# the last one only a superuser.
_FORBIDDING = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea)"
    " FROM PUBLIC",
)
_LIMIT_FILES = "ALTER ROLE {role} SET temp_file_limit = '1GB'"


@dataclass(frozen=True, slots=True)
class ReadOnlyRole:
    """The role's name and password."""

    name: str
    password: str = field(repr=False)


def derive_role(cookie_key: str) -> ReadOnlyRole:
    """The role of the instance with this key. The same name always has the same password."""

    # These words name the role and make its password in every database there is: they must stay.
    def derive(what: str) -> str:
        return hmac.new(cookie_key.encode(), f"reader's {what}".encode(), sha256).hexdigest()

    return ReadOnlyRole(f"burn_reader_{derive('name')[:12]}", derive("password")[:40])


def set_up_role(session: Session, role: ReadOnlyRole) -> None:
    """Create the role, or give it today's rights. Safe to call twice, and by two at once.

    If Burn's own role isn't allowed to, the log says so, and everything else still works.
    """
    connection = _get_driver(session)
    lock_task(session, SoleTask.SET_UP_READ_ONLY_ROLE)
    if not _has_settings(session, role):
        _set_role(connection, role, is_new=not role_exists(session, role))
    if role_exists(session, role):
        with _if_allowed(connection, f"grant {role.name} what the SQL console reads"):
            _execute(connection, role, _list_grants())
    for statement in _FORBIDDING:
        with _if_allowed(connection):
            _execute(connection, role, [statement])


def role_exists(session: Session, role: ReadOnlyRole) -> bool:
    found = _get_driver(session).execute("SELECT FROM pg_roles WHERE rolname = %s", [role.name])
    return found.rowcount == 1


def count_connections(session: Session, role: ReadOnlyRole) -> int:
    """How many of its CONNECTIONS the role is using."""
    counted = _get_driver(session).execute(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [role.name]
    )
    return cast("tuple[int]", counted.fetchone())[0]


def write_setup(session: Session, role: ReadOnlyRole) -> str:
    """What an administrator types where Burn isn't allowed to create the role."""
    create = _list_role_statements(role.password, is_new=True)
    statements = [*create, *_list_grants(), *_FORBIDDING, _LIMIT_FILES]
    connection = _get_driver(session)
    return "".join(f"{_fill(connection, role, it)};\n" for it in statements)


def list_open_columns(table: str) -> list[str]:
    """The columns of a table that the role can read, for any but the secret tables."""
    secret = SECRET_COLUMNS.get(table)
    return [it.name for it in Row.metadata.tables[table].columns if it.name != secret]


def write_libpq_url(url: str, role: ReadOnlyRole) -> str:
    """The same database's address for the role, as libpq and psycopg take it."""
    return make_conninfo(url, user=role.name, password=role.password)


def write_sqlalchemy_url(url: str, role: ReadOnlyRole) -> str:
    """The same database's address for the role, as SQLAlchemy takes it."""
    parts = {k: str(v) for k, v in conninfo_to_dict(url).items() if k not in ("user", "password")}
    host, port = parts.pop("host", ""), parts.pop("port", None)
    is_folder = host.startswith("/")
    written = URL.create(
        "postgresql+psycopg",
        role.name,
        role.password,
        None if is_folder else host or None,
        int(port) if port and not is_folder else None,
        parts.pop("dbname", None),
        parts | ({"host": host} | ({"port": port} if port else {}) if is_folder else {}),
    )
    return written.render_as_string(hide_password=False)


def _set_role(connection: Connection, role: ReadOnlyRole, is_new: bool) -> None:
    name, password = role.name.encode(), role.password.encode()
    # Hashed here: a server that logs statements would log the password itself.
    secret = connection.pgconn.encrypt_password(password, name, b"scram-sha-256").decode()
    with _if_allowed(connection, f"create {role.name}, the role that the SQL console reads as"):
        _execute(connection, role, _list_role_statements(secret, is_new))
        with _if_allowed(connection):
            _execute(connection, role, [_LIMIT_FILES])


def _list_role_statements(secret: str, is_new: bool) -> list[str]:
    settings = [f"ALTER ROLE {{role}} SET {name} = '{to}'" for name, to in _SETTINGS.items()]
    create = f"CREATE ROLE {{role}} LOGIN PASSWORD '{secret}' CONNECTION LIMIT {CONNECTIONS}"
    return [create, *settings] if is_new else settings


def _list_grants() -> list[str]:
    """Everything the role is allowed to do. First, what an earlier version granted is revoked."""
    return [
        "GRANT CONNECT ON DATABASE {database} TO {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        *(
            f"GRANT SELECT ({', '.join(list_open_columns(table))}) ON {table} TO {{role}}"
            if table in SECRET_COLUMNS
            else f"GRANT SELECT ON {table} TO {{role}}"
            for table in sorted(Row.metadata.tables.keys() - SECRET_TABLES)
        ),
    ]


def _has_settings(session: Session, role: ReadOnlyRole) -> bool:
    found = (
        _get_driver(session)
        .execute("SELECT rolconfig FROM pg_roles WHERE rolname = %s", [role.name])
        .fetchone()
    )
    wanted = {f"{name}={value}" for name, value in _SETTINGS.items()}
    return found is not None and wanted <= set(found[0] or [])


@contextmanager
def _if_allowed(connection: Connection, purpose: str = "") -> Iterator[None]:
    """Do it if Burn's own role is allowed to; otherwise do nothing, and warn if purpose is given.

    Roles belong to the whole server: a copy of this database has the same one. If the copy creates
    it at the same moment, that is good enough for both.
    """
    try:
        with connection.transaction():
            yield
    except errors.InsufficientPrivilege as error:
        if purpose:
            said = error.diag.message_primary
            _log.warning("Burn's own role isn't allowed to %s: %s", purpose, said)
    except (errors.DuplicateObject, errors.UniqueViolation):
        pass


def _execute(connection: Connection, role: ReadOnlyRole, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(_fill(connection, role, statement).encode())


def _fill(connection: Connection, role: ReadOnlyRole, statement: str) -> str:
    return statement.format(
        role=sql.Identifier(role.name).as_string(connection),
        database=sql.Identifier(connection.info.dbname).as_string(connection),
    )


def _get_driver(session: Session) -> Connection:
    driver: Any = session.connection().connection.driver_connection
    return cast(Connection, driver)
