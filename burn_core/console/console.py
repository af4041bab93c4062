"""The SQL console: running a query over what somebody may see, and saying why one fails."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Lock
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.console.frames import mark_cut
from burn_core.csv_text import neutralize
from burn_core.errors import BadQuery, NoReadOnlyRole, NotAllowed
from burn_core.room.hosts import check_host, is_host
from burn_core.room.sessions import find_signed_in
from burn_core.users import User
from db.connection import begin
from db.jsonb import can_be_stored
from db.read_only.query import Limits, NoConnection, QueryRefused, QueryResult, StillRunning, run
from db.roles import (
    CONNECTIONS,
    SECRET_COLUMNS,
    SECRET_TABLES,
    Part,
    Role,
    count_connections,
    derive_role,
    is_connected,
    list_open_columns,
    role_exists,
    write_libpq_url,
    write_sqlalchemy_url,
)
from db.schema import Row
from db.visitor import Signer, Visitor, act_as

MAX_CHARACTERS = 20_000
_EXCERPT_CHARACTERS = 72
_READS_ONLY = "This console is read-only: nothing can be written, created or dropped here."
_ONE = "Run one statement at a time. There are several here, with semicolons between them."


class Console:
    """The database at the address, to query: for hosts all of it, for others what they may see.

    engine is the web process's (db/visitor.py); cookie_key, the instance's. is_local says that
    Postgres is the one that Burn has started.
    """

    def __init__(
        self,
        engine: Engine,
        url: str,
        cookie_key: str,
        limits: Limits | None = None,
        *,
        is_local: bool = False,
    ) -> None:
        self._engine = engine
        self._url = url
        self._cookie_key = cookie_key
        self._is_local = is_local
        self._lock = Lock()
        self._running: set[UUID] = set()  # the people with a query
        self._still_running: dict[UUID, int] = {}  # a person's process that Postgres couldn't stop
        self.limits = limits or Limits()

    def run(self, browser_id: UUID | None, query: str) -> QueryResult:
        """Run the query as whoever is signed in with the browser. None of Burn's own transactions
        is open meanwhile. Raises NotAllowed if nobody is, BadQuery, NoReadOnlyRole.
        """
        if len(query) > MAX_CHARACTERS:
            raise BadQuery(
                f"A query can have at most {MAX_CHARACTERS:,} characters here, and this one has "
                f"{len(query):,}."
            )
        if not can_be_stored(query):
            raise BadQuery(
                "The query has a character that text in Postgres can't have: U+0000, or half of one "
                "that has two halves."
            )
        with begin(act_as(self._engine, Visitor(browser_id))) as session:
            user_id = _get_user(session, browser_id).id
            role = self._get_role(Part.READER if is_host(session, user_id) else Part.CONSOLE)
        with self._running_for(user_id):
            self._check_idle(user_id)
            return self._run_as(role, user_id, Visitor(browser_id), query)

    def _run_as(self, role: Role, user_id: UUID, visitor: Visitor, query: str) -> QueryResult:
        limits = replace(self.limits, only_queries=role.part is Part.CONSOLE)
        sign = partial(Signer(self._cookie_key).sign, visitor)
        url = write_libpq_url(self._url, role)
        try:
            return run(url, query, limits, sign, is_local=self._is_local)
        except StillRunning as error:
            self._still_running[user_id] = error.process
            raise BadQuery(
                f"This takes longer than {limits.seconds:g} seconds, the limit for a query here, and "
                "Postgres couldn't stop it. Until it is done, you can't run another."
            ) from error
        except NoConnection as error:
            with begin(self._engine) as session:
                raise self._explain_no_connection(session, role, error) from error
        except QueryRefused as error:
            raise _explain(error, query, limits) from error

    def write_url(self, browser_id: UUID | None) -> str:
        """The read-only address for programs, with its password. Raises NotAllowed unless a host is
        signed in with the browser.
        """
        with begin(act_as(self._engine, Visitor(browser_id))) as session:
            check_host(session, _get_user(session, browser_id).id)
        return write_sqlalchemy_url(self._url, self._get_role(Part.NOTEBOOK))

    def _check_idle(self, user_id: UUID) -> None:
        """Raises BadQuery if Postgres still works on the last query of theirs."""
        process = self._still_running.get(user_id)
        if process is None:
            return
        with begin(self._engine) as session:
            if is_connected(session, process):
                raise BadQuery(
                    "Postgres couldn't stop your last query and is still working on it. Until it is "
                    "done, you can't run another."
                )
        del self._still_running[user_id]

    @contextmanager
    def _running_for(self, user_id: UUID) -> Iterator[None]:
        """One query at a time for each person. Raises BadQuery."""
        with self._lock:
            if user_id in self._running:
                raise BadQuery("Another query of yours is still running. Wait until it is done.")
            self._running.add(user_id)
        try:
            yield
        finally:
            self._running.discard(user_id)

    def _get_role(self, part: Part) -> Role:
        return derive_role(self._cookie_key, part)

    def _explain_no_connection(
        self, session: Session, role: Role, refused: QueryRefused
    ) -> BadQuery | NoReadOnlyRole:
        """Looked up over Burn's own connection, which raises Away if the database can't be reached."""
        if not role_exists(session, role):
            return NoReadOnlyRole(
                "The console reads as a role of its own, which doesn't exist: Burn isn't allowed to "
                "create roles on this server. An administrator can, once: `python -m burn_core "
                "roles` prints what to type."
            )
        if count_connections(session, role) >= CONNECTIONS:
            return BadQuery(
                f"All {CONNECTIONS} of the console's connections are in use. Try again in a moment."
            )
        return BadQuery(
            f"Postgres refused or closed the console's connection: {refused}. Try again."
        )


def _get_user(session: Session, browser_id: UUID | None) -> User:
    """Who is signed in with the browser. Raises NotAllowed if nobody is."""
    user = None if browser_id is None else find_signed_in(session, browser_id)
    if user is None:
        raise NotAllowed("You have signed out. Sign in again first.")
    return user


def write_csv(result: QueryResult) -> str:
    """The rows as Postgres wrote them, below the names of the columns. NULL is empty.

    Formulas are neutralized, and a value that is cut says so at its end.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([neutralize(column.name) for column in result.columns])
    for number, row in enumerate(result.rows):
        writer.writerow(
            [neutralize(mark_cut(result, number, at, cell)) for at, cell in enumerate(row)]
        )
    return text.getvalue()


def _explain(refused: QueryRefused, query: str, limits: Limits) -> BadQuery:
    said = str(refused)
    words = f"{said[:1].upper()}{said[1:]}."
    match refused.code:
        case "42601" if refused.position is None:
            words = _ONE
        case "42601" if limits.only_queries:
            words += " Only queries run here; plans and other commands are for hosts."
        case "42501":
            words = _explain_denied(said)
        case "57014":
            words = (
                f"Postgres stopped this after {limits.seconds:g} seconds, the limit for a query "
                "here. Ask for less: fewer rows, or a filter that an index helps with."
            )
        case "25006" | "0A000" if "read-only" in said or "data-modifying" in said:
            words = _READS_ONLY
        case "42P01":
            tables = sorted(Row.metadata.tables.keys() - SECRET_TABLES)
            words += f" The tables are: {', '.join(tables)}."
        case "":
            words = _explain_driver(said)
    if refused.hint:
        words += f" {refused.hint}"
    return BadQuery(words, _mark(query, refused.position))


def _explain_denied(said: str) -> str:
    match = re.search(r"\b(?:table|relation) (\w+)$", said)
    table = match[1] if match else ""
    if table in SECRET_TABLES:
        return f"The console can't read the table {table}, which is secret."
    if table in SECRET_COLUMNS:
        secrets = " and ".join(f"{table}.{name}" for name in sorted(SECRET_COLUMNS[table]))
        verb = "is" if len(SECRET_COLUMNS[table]) == 1 else "are"
        return (
            f"The console can't read {secrets}, which {verb} secret. Instead of *, "
            f"name the columns that you want: {', '.join(list_open_columns(table))}."
        )
    return _READS_ONLY if table else f"The console isn't allowed to do that: {said}."


def _explain_driver(said: str) -> str:
    if "EMPTY_QUERY" in said:
        return "There is nothing to run yet. Type a query, or choose one of the lessons."
    return "COPY returns no table to show. Run its query alone, and download the rows as CSV."


def _mark(query: str, position: int | None) -> str:
    """The line that has that character, with its number, and a mark under the character."""
    if position is None or not 0 <= position <= len(query):
        return ""
    number = query.count("\n", 0, position) + 1
    start = query.rfind("\n", 0, position) + 1
    line = query[start:].partition("\n")[0].replace("\t", " ")
    cut = max(0, position - start - _EXCERPT_CHARACTERS // 2)
    lead = f"line {number}: {'…' if cut else ''}"
    end = cut + _EXCERPT_CHARACTERS
    shown = line[cut:end] + ("…" if len(line) > end else "")
    return f"{lead}{shown}\n{' ' * (len(lead) + position - start - cut)}^"
