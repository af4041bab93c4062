"""A statement's rows as files (CSV, JSON, Parquet), and as lines of Python for a notebook.

A file has the values that Postgres gives. UUIDs and arrays are Postgres's text, in all formats.
JSON values are text in CSV and Parquet, and stay JSON in JSON. Parquet keeps all other types:
numerics become decimals, times are in UTC. CSV writes an empty text as "" and null as nothing, and
an apostrophe before text that a spreadsheet would take for a formula (=1+1).
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa
from pyarrow import compute, csv, parquet
from sqlalchemy import Boolean, DateTime, Integer, Numeric, Text, cast, func, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from burn_core.csv_text import FORMULA, NUMBER
from burn_core.explore.search import Statement
from burn_core.explore.sql_text import write_python

MOST_ROWS = 200_000  # in a file
_ROWS_AT_ONCE = 10_000
_SNIPPET = """\
import pandas as pd
from sqlalchemy import create_engine, text

engine = create_engine("postgresql+psycopg://USER:PASSWORD@HOST/DATABASE")
query = text({query})
{name} = pd.read_sql(query, engine)
"""


def write_csv(session: Session, statement: Statement) -> bytes:
    file = BytesIO()
    table = _read_table(session, statement)
    columns = [
        _neutralize(each) if pa.types.is_string(each.type) else each for each in table.columns
    ]
    csv.write_csv(pa.table(columns, table.column_names), file)
    return file.getvalue()


def write_parquet(session: Session, statement: Statement) -> bytes:
    file = BytesIO()
    parquet.write_table(_read_table(session, statement), file)
    return file.getvalue()


def write_json(session: Session, statement: Statement) -> bytes:
    """An array of objects, one on each line."""
    found = limit_rows(statement).subquery("found")
    objects = select(cast(func.to_json(found.table_valued()), Text))
    lines = session.scalars(objects.execution_options(yield_per=_ROWS_AT_ONCE))
    return b"[\n" + b",\n".join(line.encode() for line in lines) + b"\n]\n"


def write_snippet(name: str, statement: Statement) -> str:
    """Python that reads the rows in a notebook, into a frame of that name."""
    return _SNIPPET.format(name=name, query=write_python(limit_rows(statement)))


def limit_rows(statement: Statement) -> Statement:
    """The rows of a file, however few of them the screen shows."""
    return statement.limit(MOST_ROWS)


def _read_table(session: Session, statement: Statement) -> pa.Table:
    found = limit_rows(statement).subquery("found")
    fields = [(column.key, _find_type(column.type)) for column in found.c]
    columns = [
        column if type else cast(column, Text)
        for column, (_, type) in zip(found.c, fields, strict=True)
    ]
    schema = pa.schema([(key, type or pa.string()) for key, type in fields])
    result = session.execute(select(*columns).execution_options(yield_per=_ROWS_AT_ONCE))
    batches = [_make_batch(part, schema) for part in result.partitions()]
    return pa.Table.from_batches(batches, schema)


def _neutralize(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """What csv_text.neutralize does, for a whole column."""
    is_formula = compute.match_substring_regex(column, FORMULA)
    is_number = compute.match_substring_regex(column, NUMBER)
    marked = compute.binary_join_element_wise("'", column, "")
    return compute.if_else(compute.and_not(is_formula, is_number), marked, column)


def _make_batch(rows: Sequence[Any], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


# A numeric without a precision can have any number of digits, so it becomes text.
_TYPES: dict[type[TypeEngine[Any]], Callable[[Any], pa.DataType | None]] = {
    Boolean: lambda type: pa.bool_(),
    Integer: lambda type: pa.int64(),
    Numeric: lambda type: type.precision and pa.decimal128(type.precision, type.scale or 0),
    DateTime: lambda type: pa.timestamp("us", tz="UTC"),
}


def _find_type(type: TypeEngine[Any]) -> pa.DataType | None:
    """The type that keeps the values as they are, or None if only text does."""
    return next((make(type) for each, make in _TYPES.items() if isinstance(type, each)), None)
