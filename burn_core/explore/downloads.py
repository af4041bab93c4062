"""A statement's rows as files (CSV, JSON, Parquet), and as lines of Python for a notebook.

A file has the values that Postgres gives. UUIDs and arrays are Postgres's text, in all formats.
JSON values are text in CSV and Parquet, and stay JSON in JSON. Parquet keeps all other types:
numerics become decimals, times are in UTC. CSV writes an empty text as "" and null as nothing, and
an apostrophe before text that a spreadsheet would take for a formula (=1+1).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any, TypeVar

import pyarrow as pa
from pyarrow import compute, csv, parquet
from sqlalchemy import Boolean, DateTime, Integer, Numeric, Text, cast, func, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from burn_core.csv_text import FORMULA, LATER_FORMULA, MARKED_LATER, NUMBER
from burn_core.errors import TooLarge
from burn_core.explore.search import Statement
from burn_core.explore.sql_text import write_python

T = TypeVar("T")
MOST_ROWS = 200_000  # in a file
MOST_MEGABYTES = 50
# So many of the longest messages have 40 MB.
_ROWS_AT_ONCE = 1_000
_SNIPPET = """\
import pandas as pd
from sqlalchemy import create_engine, text

engine = create_engine("postgresql+psycopg://USER:PASSWORD@HOST/DATABASE")
query = text({query})
{name} = pd.read_sql(query, engine)
"""


def write_csv(session: Session, statement: Statement) -> bytes:
    """Raises TooLarge, as the functions below do."""
    file = BytesIO()
    schema, batches = _read_batches(session, statement)
    with csv.CSVWriter(file, schema) as writer:
        for batch in batches:
            writer.write_batch(_neutralize(batch))
    return file.getvalue()


def write_parquet(session: Session, statement: Statement) -> bytes:
    file = BytesIO()
    schema, batches = _read_batches(session, statement)
    parquet.write_table(pa.Table.from_batches(batches, schema), file)
    return file.getvalue()


def write_json(session: Session, statement: Statement) -> bytes:
    """An array of objects, one on each line."""
    found = limit_rows(statement).subquery("found")
    objects = select(cast(func.to_json(found.table_valued()), Text))
    lines = session.scalars(objects.execution_options(yield_per=_ROWS_AT_ONCE))
    encoded = limit_bytes((line.encode() for line in lines), len)
    return b"[\n" + b",\n".join(encoded) + b"\n]\n"


def limit_bytes(parts: Iterable[T], count_bytes: Callable[[T], int]) -> Iterator[T]:
    """The parts of a file. Raises TooLarge before the first that is too much for it."""
    left = MOST_MEGABYTES * 1_000_000
    for part in parts:
        left -= count_bytes(part)
        if left < 0:
            raise TooLarge(
                f"This file would have more than {MOST_MEGABYTES} MB. Narrow down what is in it."
            )
        yield part


def write_snippet(name: str, statement: Statement) -> str:
    """Python that reads the rows in a notebook, into a frame of that name."""
    return _SNIPPET.format(name=name, query=write_python(limit_rows(statement)))


def limit_rows(statement: Statement) -> Statement:
    """The rows of a file, however few of them the screen shows."""
    return statement.limit(MOST_ROWS)


def _read_batches(
    session: Session, statement: Statement
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    found = limit_rows(statement).subquery("found")
    fields = [(column.key, _find_type(column.type)) for column in found.c]
    columns = [
        column if type else cast(column, Text)
        for column, (_, type) in zip(found.c, fields, strict=True)
    ]
    schema = pa.schema([(key, type or pa.string()) for key, type in fields])
    result = session.execute(select(*columns).execution_options(yield_per=_ROWS_AT_ONCE))
    batches = (_make_batch(part, schema) for part in result.partitions())
    return schema, limit_bytes(batches, lambda batch: int(batch.nbytes))


def _neutralize(batch: pa.RecordBatch) -> pa.RecordBatch:
    """What csv_text.neutralize does, for all texts of a batch."""
    columns = [
        _neutralize_column(each) if pa.types.is_string(each.type) else each
        for each in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _neutralize_column(column: pa.Array) -> pa.Array:
    is_formula = compute.match_substring_regex(column, FORMULA)
    is_number = compute.match_substring_regex(column, NUMBER)
    marked = compute.binary_join_element_wise("'", column, "")
    safe = compute.if_else(compute.and_not(is_formula, is_number), marked, column)
    return compute.replace_substring_regex(safe, LATER_FORMULA, MARKED_LATER)


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
