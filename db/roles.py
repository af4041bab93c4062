"""Burn's roles in Postgres: what each part of it may do there.

- web: what people do on the screen, under row-level security (policies.sql).
- search: searching facts and events for them, with statements of Burn's own.
- door: signing people in and out, and ending visits.
- worker: the agents.
- console: one statement that somebody typed, over what they may see.
- reader: one statement that a host typed, over everything but the secrets.
- notebook: the same for programs of hosts, who are given its password.

Burn's own role, whose address is DATABASE_URL, owns the tables and is for migrations and commands.

Grants (role_setup.py) make the last three read-only. Their settings (read-only transactions,
time-outs) are only defaults: anybody who connects as a role can change them for their own session and
for all, and its password too, which the next start puts right. What such a session can still do to others:
keep Postgres busy, over at most CONNECTIONS connections; end other sessions of the role; make a
migration wait while it reads; and send notifications, which make Burn check for nothing, until their
queue is a tenth full (queue.py). Where no superuser has forbidden it (see role_setup.py), it can also
fill the disk with large objects, the temporary files of large sorts and long errors in the server's
log, and fill the table of locks, which holds everybody up. The console's statements
(read_only/query.py) are rolled back within seconds, and their connections closed.
"""

import hmac
import logging
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, cast

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import URL
from sqlalchemy.orm import Session

from db.connection import Connection, open_connection
from db.errors import Away
from db.schema import Row

_log = logging.getLogger(__name__)
CONNECTIONS = 10
TIMEOUT_SECONDS = 5
# What roles that only read can't read.
SECRET_TABLES = frozenset({"identities", "instance", "limits", "sessions", "tickets"})
SECRET_COLUMNS = {
    "circuits": frozenset({"endpoint"}),
    "users": frozenset({"password_hash"}),
    "threads": frozenset({"spectator_key", "invitation_key"}),
}


class Part(StrEnum):
    """A part of Burn that has a role of its own."""

    WEB = "web"
    SEARCH = "search"
    DOOR = "door"
    WORKER = "worker"
    CONSOLE = "console"
    READER = "reader"
    NOTEBOOK = "notebook"

    @property
    def only_reads(self) -> bool:
        return self in (Part.CONSOLE, Part.READER, Part.NOTEBOOK)


@dataclass(frozen=True, slots=True)
class Role:
    """A part's role: its name and password."""

    part: Part
    name: str
    password: str = field(repr=False)


def derive_role(cookie_key: str, part: Part) -> Role:
    """The part's role in the instance with this key. The same name always has the same password."""

    # These words name the role and make its password in every database there is: they must stay.
    def derive(what: str) -> str:
        return hmac.new(cookie_key.encode(), f"{part}'s {what}".encode(), sha256).hexdigest()

    return Role(part, f"burn_{part}_{derive('name')[:12]}", derive("password")[:40])


def write_missing_roles(cookie_key: str) -> str:
    """SQL that makes the roles which a dump names where they are missing. Burn lets them in when it
    starts (role_setup.py).
    """
    return "".join(
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{derive_role(cookie_key, part).name}')"
        f" THEN CREATE ROLE {derive_role(cookie_key, part).name}; END IF; END $$;\n"
        for part in Part
    )


def role_exists(session: Session, role: Role) -> bool:
    found = get_driver(session).execute("SELECT FROM pg_roles WHERE rolname = %s", [role.name])
    return found.rowcount == 1


def count_connections(session: Session, role: Role) -> int:
    """How many of its CONNECTIONS the role is using."""
    counted = get_driver(session).execute(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [role.name]
    )
    return cast("tuple[int]", counted.fetchone())[0]


def is_connected(session: Session, process: int) -> bool:
    """Whether that process of Postgres still serves one of Burn's roles that only read."""
    found = get_driver(session).execute(
        "SELECT FROM pg_stat_activity WHERE pid = %s AND usename ~ '^burn_(console|reader|notebook)_'",
        [process],
    )
    return found.rowcount == 1


def list_open_columns(table: str) -> list[str]:
    """The columns of a table that roles that only read can read, for any but the secret tables."""
    secret = SECRET_COLUMNS.get(table, frozenset())
    return [it.name for it in Row.metadata.tables[table].columns if it.name not in secret]


def find_address(url: str, cookie_key: str, part: Part) -> str:
    """The same database's address for the part's role.

    If the role can't connect, it is Burn's own address, and the log says so. Raises Away.
    """
    open_connection(url).close()
    address = write_libpq_url(url, derive_role(cookie_key, part))
    try:
        open_connection(address).close()
    except Away as error:
        _log.warning(
            "Burn's %s can't connect as its role, so it connects as Burn's own, without row-level"
            " security: %s. `python -m burn_core roles` prints what an administrator types.",
            part,
            error.reason,
        )
        return url
    return address


def write_libpq_url(url: str, role: Role) -> str:
    """The same database's address for the role, as libpq and psycopg take it."""
    return make_conninfo(url, user=role.name, password=role.password)


def write_sqlalchemy_url(url: str, role: Role | None = None) -> str:
    """The same database's address as SQLAlchemy takes it, for the role if one is given."""
    return _write_url("postgresql+psycopg", url, role)


def write_psql_url(url: str, role: Role | None = None) -> str:
    """The same as psql and other programs of Postgres take it, which is as url is."""
    if role is None:
        return url
    address, _, options = _write_url("postgresql", url, role).partition("?")
    return f"{address}?{options.replace('+', '%20')}" if options else address


def _write_url(scheme: str, url: str, role: Role | None) -> str:
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    user, password = parts.pop("user", None), parts.pop("password", None)
    host, port = parts.pop("host", ""), parts.pop("port", None)
    is_folder = host.startswith("/")
    written = URL.create(
        scheme,
        role.name if role else user,
        role.password if role else password,
        None if is_folder else host or None,
        int(port) if port and not is_folder else None,
        parts.pop("dbname", None),
        parts | ({"host": host} | ({"port": port} if port else {}) if is_folder else {}),
    )
    return written.render_as_string(hide_password=False)


def get_driver(session: Session) -> Connection:
    """The plain connection behind the session."""
    driver: Any = session.connection().connection.driver_connection
    return cast(Connection, driver)
