"""Burn's roles in Postgres: what each part of it may do there.

- web: what people do on the screen, under row-level security (policies.sql).
- door: signing people in and out, and ending visits.
- worker: the agents.
- console: one statement that somebody typed, over what they may see.
- reader: one statement that a host typed, over everything but the secrets.
- notebook: the same for programs of hosts, who are given its password.

Burn's own role, whose address is DATABASE_URL, owns the tables and is for migrations and commands.

Grants (role_setup.py) make the last three read-only. Their settings (read-only transactions,
time-outs) are only defaults: anybody who signs in as notebook can change them for their own session,
and its password too, which the next start puts right. What such a session can still do to others: keep Postgres busy, over at most CONNECTIONS connections; end other sessions of the role;
make a migration wait while it reads; send notifications, which make Burn check for nothing; and hold
the advisory locks with which Burn keeps two from migrating or changing hosts at once. Where no
superuser has forbidden it (see role_setup.py), it can also fill the disk with large objects and the
temporary files of large sorts. The console's statements (read_only/query.py) are rolled back within
seconds, and their connections closed.
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
    "users": frozenset({"password_hash"}),
    "threads": frozenset({"spectator_key", "invitation_key"}),
}


class Part(StrEnum):
    """A part of Burn that has a role of its own."""

    WEB = "web"
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


def role_exists(session: Session, role: Role) -> bool:
    found = get_driver(session).execute("SELECT FROM pg_roles WHERE rolname = %s", [role.name])
    return found.rowcount == 1


def count_connections(session: Session, role: Role) -> int:
    """How many of its CONNECTIONS the role is using."""
    counted = get_driver(session).execute(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [role.name]
    )
    return cast("tuple[int]", counted.fetchone())[0]


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


def write_sqlalchemy_url(url: str, role: Role) -> str:
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


def get_driver(session: Session) -> Connection:
    """The plain connection behind the session."""
    driver: Any = session.connection().connection.driver_connection
    return cast(Connection, driver)
