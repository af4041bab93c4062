"""The tables as Postgres' own catalogue describes them to the read-only role."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby

from db.read_only.query import QueryResult

CATALOGUE = """SELECT c.relname AS table, a.attname AS column,
    CASE WHEN t.typname LIKE '\\_%' THEN substr(t.typname, 2) || '[]' ELSE t.typname END AS type,
    a.attnotnull AS required,
    EXISTS (
        SELECT FROM pg_constraint p
        WHERE p.conrelid = c.oid AND p.contype = 'p' AND a.attnum = ANY (p.conkey)
    ) AS is_key,
    (
        SELECT target.relname FROM pg_constraint f JOIN pg_class target ON target.oid = f.confrelid
        WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.conkey = ARRAY[a.attnum]
        LIMIT 1
    ) AS refers_to
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
    AND a.attnum > 0 AND NOT a.attisdropped
    AND (
        has_column_privilege(c.oid, a.attnum, 'SELECT')
        OR EXISTS (  -- people read views of the same names
            SELECT FROM pg_class v JOIN pg_attribute b ON b.attrelid = v.oid
            WHERE v.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'mine')
                AND v.relname = c.relname AND b.attname = a.attname
                AND has_table_privilege(v.oid, 'SELECT')
        )
    )
ORDER BY c.relname, a.attnum"""

# Light tables with dark text, and lines in a grey that shows on light and dark backgrounds.
_STYLE = """rankdir=LR; bgcolor=transparent; nodesep=0.3; ranksep=1.2
node [shape=plain, fontname="sans-serif", fontsize=11, fontcolor="#1c1917", color="#a8a29e"]
edge [color="#8a8178", arrowsize=0.7]"""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column. refers_to is the table that its foreign key points to."""

    table: str
    name: str
    type: str
    is_required: bool
    is_key: bool
    refers_to: str | None


def read_catalogue(result: QueryResult) -> list[TableColumn]:
    """The columns that the query CATALOGUE returned."""
    return [
        TableColumn(str(table), str(name), str(type), required == "t", is_key == "t", refers_to)
        for table, name, type, required, is_key, refers_to in result.rows
    ]


def write_diagram(columns: Iterable[TableColumn]) -> str:
    """The tables for Graphviz, with a line from each foreign key to the table it points to."""
    columns = list(columns)
    shown = {column.table for column in columns}
    lines = [
        f'"{it.table}":"{it.name}" -> "{it.refers_to}":"id"'
        for it in columns
        if it.refers_to in shown
    ]
    tables = [_draw_table(table, of_table) for table, of_table in _group(columns)]
    return "\n".join(["digraph {", _STYLE, *tables, *lines, "}"])


def write_text(columns: Iterable[TableColumn]) -> str:
    """The same as plain text."""
    return "\n\n".join(
        "\n".join([table, *map(_write_column, of_table)]) for table, of_table in _group(columns)
    )


def _group(columns: Iterable[TableColumn]) -> Iterable[tuple[str, list[TableColumn]]]:
    for table, of_table in groupby(columns, key=lambda column: column.table):
        yield table, list(of_table)


def _draw_table(table: str, columns: Iterable[TableColumn]) -> str:
    rows = "".join(map(_draw_column, columns))
    title = f'<tr><td bgcolor="#fed7aa"><b>{escape(table)}</b></td></tr>'
    frame = 'border="0" cellborder="1" cellspacing="0" cellpadding="3" bgcolor="#fafaf9"'
    return f'"{table}" [label=<<table {frame}>{title}{rows}</table>>]'


def _draw_column(column: TableColumn) -> str:
    words = escape(f"{column.name}  {column.type}")
    return f'<tr><td port="{column.name}" align="left">{words}</td></tr>'


def _write_column(column: TableColumn) -> str:
    notes = [
        "primary key" if column.is_key else "",
        f"→ {column.refers_to}.id" if column.refers_to else "",
        "" if column.is_required else "can be NULL",
    ]
    return "  ".join(["   ", column.name, column.type, *filter(None, notes)]).rstrip()
