"""Statements as text for psql: what a panel shows is the query that it ran."""

import re
from typing import Any

from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.sql.expression import ClauseElement


class _Compiler(PGCompiler):
    """Puts more clauses on a line of their own than SQLAlchemy does."""

    def group_by_clause(self, select: Any, **kwargs: Any) -> str:
        return _begin_line(super().group_by_clause(select, **kwargs))  # type: ignore[no-untyped-call]

    def order_by_clause(self, select: Any, **kwargs: Any) -> str:
        return _begin_line(super().order_by_clause(select, **kwargs))  # type: ignore[no-untyped-call]

    def limit_clause(self, select: Any, **kwargs: Any) -> str:
        return _begin_line(super().limit_clause(select, **kwargs))  # type: ignore[no-untyped-call]


def _begin_line(clause: str) -> str:
    return clause and f"\n{clause.lstrip()}"


# With the driver's own style of parameters, each percent sign would be doubled.
_DIALECT: Any = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
_DIALECT.statement_compiler = _Compiler
# What text() would take for a parameter, or for an escaped colon.
_COLON = re.compile(r"(?<![:\w\\])(?=:[\w$]+(?![:\w$]))|(?<=\\)(?=:[\w$]*(?![:\w$]))")


def write_sql(statement: ClauseElement) -> str:
    """The statement with its values filled in."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    return str(compiled).strip()


def write_python(statement: ClauseElement) -> str:
    """The statement as a Python literal, for SQLAlchemy's text()."""
    sql = _COLON.sub(r"\\", write_sql(statement))
    for character, escaped in (("\\", r"\\"), ("\r", r"\r"), ('"""', r"\"\"\"")):
        sql = sql.replace(character, escaped)
    return f'"""\n{sql}\n"""'
