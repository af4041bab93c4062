"""Statements as text that psql takes: what a panel shows is the query that it ran."""

from typing import Any

from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.expression import ClauseElement

# Named parameters: with the driver's own, each percent sign would be doubled.
_DIALECT: Any = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


def write_sql(statement: ClauseElement) -> str:
    """The statement with its values in it."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    return str(compiled).strip()
