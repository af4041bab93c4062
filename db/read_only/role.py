"""The reader: a login role of Postgres that can only read, and nothing that is secret.

That holds because of what it was granted. Its settings (read-only transactions, time-outs) are
defaults, which somebody who signs in with its password can change for their own session.

What a reader can still do to others: keep Postgres busy, over at most CONNECTIONS connections;
end another reader's session, as all of them are one role; make a migration wait while it reads;
notify, upon which Burn looks for news in vain; and hold advisory locks, upon which Burn would wait
to migrate or to name a host, or take a dead worker for a live one until its lease runs out. Where
no superuser forbids it (see _FORBIDDING), it can also fill the disk with large objects and the
files of large sorts. What runs on the screen (query.py) is rolled back within seconds, and its
connection closed.
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
from db.locks import Turn, take_turn
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
SECRET_TABLES = frozenset({"instance", "sessions"})
SECRET_COLUMNS = {"users": "password_hash", "threads": "spectator_key"}
# What everybody may do in a database, and readers needn't. Only who owns the thing can say so,
# and of the last two only a superuser.
_FORBIDDING = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea)"
    " FROM PUBLIC",
)
_LIMIT_FILES = "ALTER ROLE {reader} SET temp_file_limit = '1GB'"


@dataclass(frozen=True, slots=True)
class Reader:
    """The role's name and password."""

    name: str
    password: str = field(repr=False)


def derive_reader(cookie_key: str) -> Reader:
    """The reader of the instance that has this key. The password of a name is always the same."""

    def derive(what: str) -> str:
        return hmac.new(cookie_key.encode(), f"reader's {what}".encode(), sha256).hexdigest()

    return Reader(f"burn_reader_{derive('name')[:12]}", derive("password")[:40])


def make_reader(session: Session, reader: Reader) -> None:
    """Make the role, or give it today's rights. Safe to call twice, and by two at once.

    Where Burn's own role may not do that, the log says so, and nothing else is kept from working.
    """
    connection = _get_driver(session)
    take_turn(session, Turn.SET_UP_READ_ONLY_ROLE)
    if not _has_settings(session, reader):
        _set_role(connection, reader, is_new=not has_reader(session, reader))
    if has_reader(session, reader):
        with _where_allowed(connection, f"grant the role {reader.name} what the SQL console reads"):
            _type(connection, reader, _list_grants())
    for statement in _FORBIDDING:
        with _where_allowed(connection):
            _type(connection, reader, [statement])


def has_reader(session: Session, reader: Reader) -> bool:
    found = _get_driver(session).execute("SELECT FROM pg_roles WHERE rolname = %s", [reader.name])
    return found.rowcount == 1


def count_connections(session: Session, reader: Reader) -> int:
    """How many of its CONNECTIONS the reader uses now."""
    counted = _get_driver(session).execute(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [reader.name]
    )
    return cast("tuple[int]", counted.fetchone())[0]


def write_setup(session: Session, reader: Reader) -> str:
    """What an administrator types where Burn may not make its reader by itself."""
    make = _list_role_statements(reader.password, is_new=True)
    statements = [*make, *_list_grants(), *_FORBIDDING, _LIMIT_FILES]
    connection = _get_driver(session)
    return "".join(f"{_fill(connection, reader, it)};\n" for it in statements)


def list_open_columns(table: str) -> list[str]:
    """The columns of a table that the reader may see, where it may see any."""
    secret = SECRET_COLUMNS.get(table)
    return [it.name for it in Row.metadata.tables[table].columns if it.name != secret]


def make_reader_url(url: str, reader: Reader) -> str:
    """The address of the same database for the reader, as libpq takes it."""
    return make_conninfo(url, user=reader.name, password=reader.password)


def write_reader_url(url: str, reader: Reader) -> str:
    """The address of the same database for the reader, as SQLAlchemy takes it."""
    parts = {k: str(v) for k, v in conninfo_to_dict(url).items() if k not in ("user", "password")}
    host, port = parts.pop("host", ""), parts.pop("port", None)
    is_folder = host.startswith("/")
    made = URL.create(
        "postgresql+psycopg",
        reader.name,
        reader.password,
        None if is_folder else host or None,
        int(port) if port and not is_folder else None,
        parts.pop("dbname", None),
        parts | ({"host": host} | ({"port": port} if port else {}) if is_folder else {}),
    )
    return made.render_as_string(hide_password=False)


def _set_role(connection: Connection, reader: Reader, is_new: bool) -> None:
    name, password = reader.name.encode(), reader.password.encode()
    # The password itself would stand in the log of a server that logs such statements.
    secret = connection.pgconn.encrypt_password(password, name, b"scram-sha-256").decode()
    with _where_allowed(connection, f"make the role {reader.name}, as which the SQL console reads"):
        _type(connection, reader, _list_role_statements(secret, is_new))
        with _where_allowed(connection):
            _type(connection, reader, [_LIMIT_FILES])


def _list_role_statements(secret: str, is_new: bool) -> list[str]:
    settings = [f"ALTER ROLE {{reader}} SET {name} = '{to}'" for name, to in _SETTINGS.items()]
    make = f"CREATE ROLE {{reader}} LOGIN PASSWORD '{secret}' CONNECTION LIMIT {CONNECTIONS}"
    return [make, *settings] if is_new else settings


def _list_grants() -> list[str]:
    """All that the reader may do. What an earlier version granted goes first."""
    return [
        "GRANT CONNECT ON DATABASE {database} TO {reader}",
        "GRANT USAGE ON SCHEMA public TO {reader}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {reader}",
        *(
            f"GRANT SELECT ({', '.join(list_open_columns(table))}) ON {table} TO {{reader}}"
            if table in SECRET_COLUMNS
            else f"GRANT SELECT ON {table} TO {{reader}}"
            for table in sorted(Row.metadata.tables.keys() - SECRET_TABLES)
        ),
    ]


def _has_settings(session: Session, reader: Reader) -> bool:
    found = (
        _get_driver(session)
        .execute("SELECT rolconfig FROM pg_roles WHERE rolname = %s", [reader.name])
        .fetchone()
    )
    wanted = {f"{name}={value}" for name, value in _SETTINGS.items()}
    return found is not None and wanted <= set(found[0] or [])


@contextmanager
def _where_allowed(connection: Connection, deed: str = "") -> Iterator[None]:
    """Do it, or leave it at once where Burn's own role may not.

    Roles belong to the whole server: the reader of a copy of this database is the same one, and
    who makes it at the same moment does it for both.
    """
    try:
        with connection.transaction():
            yield
    except errors.InsufficientPrivilege as error:
        if deed:
            _log.warning("Burn's own role may not %s: %s", deed, error.diag.message_primary)
    except (errors.DuplicateObject, errors.UniqueViolation):
        pass


def _type(connection: Connection, reader: Reader, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(_fill(connection, reader, statement).encode())


def _fill(connection: Connection, reader: Reader, statement: str) -> str:
    return statement.format(
        reader=sql.Identifier(reader.name).as_string(connection),
        database=sql.Identifier(connection.info.dbname).as_string(connection),
    )


def _get_driver(session: Session) -> Connection:
    driver: Any = session.connection().connection.driver_connection
    return cast(Connection, driver)
