"""The SQL console: running a host's query as the read-only role, and saying why one fails."""

import csv
import io
import re
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from burn_core.console.frames import mark_cut
from burn_core.csv_text import neutralize
from burn_core.errors import BadQuery, NoReadOnlyRole
from burn_core.room.hosts import check_host
from db.connection import begin
from db.instance import get_cookie_key
from db.read_only.query import Limits, NoConnection, QueryRefused, QueryResult, run
from db.read_only.role import (
    CONNECTIONS,
    SECRET_COLUMNS,
    SECRET_TABLES,
    ReadOnlyRole,
    count_connections,
    derive_role,
    list_open_columns,
    role_exists,
    write_libpq_url,
    write_setup,
    write_sqlalchemy_url,
)
from db.schema import Row

MAX_CHARACTERS = 20_000
_EXCERPT_CHARACTERS = 72
_READS_ONLY = "This console is read-only: nothing can be written, created or dropped here."
_ONE = "Run one statement at a time. There are several here, with semicolons between them."


class Console:
    """The database at the address, for hosts to query."""

    def __init__(self, engine: Engine, url: str, limits: Limits | None = None) -> None:
        self._engine = engine
        self._url = url
        self.limits = limits or Limits()

    def run(self, user_id: UUID, query: str) -> QueryResult:
        """Run the query. None of Burn's own transactions is open meanwhile.

        Raises NotAllowed unless the user is a host, BadQuery, NoReadOnlyRole.
        """
        if len(query) > MAX_CHARACTERS:
            raise BadQuery(
                f"A query can have at most {MAX_CHARACTERS:,} characters here, and this one has "
                f"{len(query):,}."
            )
        if "\x00" in query:
            raise BadQuery("The query has a character that text in Postgres can't have: U+0000.")
        role = self._get_role(user_id)
        try:
            return run(write_libpq_url(self._url, role), query, self.limits)
        except NoConnection as error:
            with begin(self._engine) as session:
                raise _explain_no_connection(session, role, error) from error
        except QueryRefused as error:
            raise _explain(error, query, self.limits) from error

    def write_url(self, user_id: UUID) -> str:
        """The read-only address, with its password. Raises NotAllowed unless they are a host."""
        return write_sqlalchemy_url(self._url, self._get_role(user_id))

    def _get_role(self, user_id: UUID) -> ReadOnlyRole:
        with begin(self._engine) as session:
            check_host(session, user_id)
            return derive_role(get_cookie_key(session))


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
        return (
            f"The console can't read {table}.{SECRET_COLUMNS[table]}, which is secret. Instead of *, "
            f"name the columns that you want: {', '.join(list_open_columns(table))}."
        )
    return _READS_ONLY if table else f"The console isn't allowed to do that: {said}."


def _explain_driver(said: str) -> str:
    if "EMPTY_QUERY" in said:
        return "There is nothing to run yet. Type a query, or choose one of the lessons."
    return "COPY returns no table to show. Run its query alone, and download the rows as CSV."


def _explain_no_connection(
    session: Session, role: ReadOnlyRole, refused: QueryRefused
) -> BadQuery | NoReadOnlyRole:
    """Looked up over Burn's own connection, which raises Away if the database can't be reached."""
    if not role_exists(session, role):
        return NoReadOnlyRole(
            f"The console reads as a role of its own, {role.name}, which doesn't exist: Burn isn't "
            "allowed to create roles on this server. An administrator can, once:",
            write_setup(session, role),
        )
    if count_connections(session, role) >= CONNECTIONS:
        return BadQuery(
            f"All {CONNECTIONS} read-only connections are in use, by other hosts or notebooks. Try "
            "again in a moment."
        )
    return NoReadOnlyRole(
        f"Postgres refused or closed the console's connection: {refused}. Try again. If that "
        f"doesn't help, an administrator can drop the role (DROP OWNED BY {role.name}; DROP ROLE "
        f"{role.name}) and create it again with:",
        write_setup(session, role),
    )


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
