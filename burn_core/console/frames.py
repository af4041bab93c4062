"""The result of a query as a pandas frame, with the types that people expect."""

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from db.read_only.query import QueryResult

# Longer values are cut: one cell could fill the screen, and the connection to the browser.
CELL_CHARACTERS = 1000


def result_frame(result: QueryResult) -> pd.DataFrame:
    """The rows. Numbers, times and booleans keep their types; everything else is text, cut.

    Where columns have the same name, the later ones get a number.
    """
    names = _number([column.name for column in result.columns])
    return pd.DataFrame(
        {
            name: _read_column(column.type, _list_cells(result, at))
            for at, (name, column) in enumerate(zip(names, result.columns, strict=True))
        }
    )


def is_cut(result: QueryResult) -> bool:
    """Whether result_frame cuts any value."""
    return any(cell and len(cell) > CELL_CHARACTERS for row in result.rows for cell in row)


def mark_cut(result: QueryResult, row: int, column: int, cell: str | None) -> str | None:
    """The cell, with a note at its end if Postgres cut it: the rest never arrived."""
    length = result.lengths.get((row, column))
    if cell is None or length is None:
        return cell
    return f"{cell}… (cut at {len(cell):,} of {length:,} characters)"


def _list_cells(result: QueryResult, at: int) -> list[str | None]:
    """A column, its long values cut. What is cut is no longer a number."""
    cells = [row[at] for row in result.rows]
    return [
        cell and _cut(cell, result.lengths.get((number, at), len(cell)))
        for number, cell in enumerate(cells)
    ]


def _number(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    numbered: list[str] = []
    for name in names:
        made = name
        while made in numbered:
            seen[name] += 1
            made = f"{name} ({seen[name] + 1})"
        numbered.append(made)
    return numbered


def _read_column(type: str, cells: Sequence[str | None]) -> "pd.Series[Any]":
    reader = _READERS.get(type.partition("(")[0], _read_texts)
    try:
        return reader(cells)
    except (ValueError, OverflowError, ArithmeticError):
        # Infinite times, or times BC: shown as Postgres wrote them.
        return _read_texts(cells)


def _read_texts(cells: Sequence[str | None]) -> "pd.Series[Any]":
    return pd.Series(list(cells), dtype="str")


def _cut(text: str, length: int) -> str:
    """length is how many characters the value has in Postgres."""
    if length <= CELL_CHARACTERS:
        return text
    return f"{text[:CELL_CHARACTERS]}… ({length:,} characters)"


def _read_integers(cells: Sequence[str | None]) -> "pd.Series[Any]":
    return pd.Series([None if cell is None else int(cell) for cell in cells], dtype="Int64")


def _read_floats(cells: Sequence[str | None]) -> "pd.Series[Any]":
    return pd.Series([None if cell is None else float(cell) for cell in cells], dtype="Float64")


def _read_decimals(cells: Sequence[str | None]) -> "pd.Series[Any]":
    decimals = [None if cell is None else Decimal(cell) for cell in cells]
    if any(each is not None and not each.is_finite() for each in decimals):
        return _read_floats(cells)
    return pd.Series(decimals, dtype="object")


def _read_booleans(cells: Sequence[str | None]) -> "pd.Series[Any]":
    return pd.Series([None if cell is None else cell == "t" for cell in cells], dtype="boolean")


def _read_times(cells: Sequence[str | None]) -> "pd.Series[Any]":
    return pd.to_datetime(pd.Series(list(cells), dtype="str"), format="ISO8601", utc=True)


def _read_naive_times(cells: Sequence[str | None]) -> "pd.Series[Any]":
    return pd.to_datetime(pd.Series(list(cells), dtype="str"), format="ISO8601")


_READERS: dict[str, Callable[[Sequence[str | None]], "pd.Series[Any]"]] = {
    "int2": _read_integers,
    "int4": _read_integers,
    "int8": _read_integers,
    "oid": _read_integers,
    "float4": _read_floats,
    "float8": _read_floats,
    "numeric": _read_decimals,
    "bool": _read_booleans,
    "timestamptz": _read_times,
    "timestamp": _read_naive_times,
    "date": _read_naive_times,
}
