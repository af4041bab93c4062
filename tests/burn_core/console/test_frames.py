"""The result of a query as a pandas frame."""

from decimal import Decimal

from burn_core.console.console import write_csv
from burn_core.console.frames import is_cut, result_frame
from db.read_only.query import Cells, Column, QueryResult


def make_result(*columns: tuple[str, str], rows: list[tuple[str | None, ...]]) -> QueryResult:
    return QueryResult(tuple(Column(*column) for column in columns), rows, False, 1.0)


def test_numbers_times_and_booleans_keep_their_types() -> None:
    frame = result_frame(
        make_result(
            ("n", "int8"), ("d", "numeric(3,2)"), ("f", "float8"), ("b", "bool"),
            ("t", "timestamptz"), ("day", "date"), ("x", "jsonb"),
            rows=[
                ("9007199254740993", "0.10", "1.5", "t", "2026-01-01 12:00:00.5+02", "2026-01-02",
                 '{"a": 1}'),
                (None, None, None, None, None, None, None),
            ],
        )
    )  # fmt: skip
    first = frame.iloc[0]
    assert first["n"] == 9007199254740993
    assert first["d"] == Decimal("0.10")
    assert first["f"] == 1.5
    assert bool(first["b"]) is True
    assert first["t"].isoformat() == "2026-01-01T10:00:00.500000+00:00"
    assert first["day"].isoformat() == "2026-01-02T00:00:00"
    assert first["x"] == '{"a": 1}'
    assert frame.iloc[1].isna().all()


def test_what_python_cannot_hold_is_text() -> None:
    frame = result_frame(
        make_result(
            ("t", "timestamptz"), ("d", "date"), ("n", "numeric"), ("a", "numeric(3,2)[]"),
            rows=[("infinity", "0044-03-15 BC", "NaN", "{0.10}"), (None, None, "1.5", None)],
        )
    )  # fmt: skip
    assert list(frame.iloc[0][["t", "d", "a"]]) == ["infinity", "0044-03-15 BC", "{0.10}"]
    assert frame["n"].iloc[1] == 1.5


def test_columns_with_the_same_name_are_numbered() -> None:
    columns = [(name, "int4") for name in ("a", "a", "?column?", "?column?", "a (2)", "a")]
    frame = result_frame(make_result(*columns, rows=[("1", "2", "3", "4", "5", "6")]))
    assert list(frame.iloc[0]) == [1, 2, 3, 4, 5, 6]
    assert len(set(frame)) == 6
    assert list(frame)[:4] == ["a", "a (2)", "?column?", "?column? (2)"]


def test_long_values_are_cut_which_is_said() -> None:
    result = make_result(("x", "text"), rows=[("z" * 5000,), ("short",)])
    cell = result_frame(result)["x"].iloc[0]
    assert cell.startswith("z" * 1000 + "…")
    assert cell.endswith("(5,000 characters)")
    assert is_cut(result)
    assert not is_cut(make_result(("x", "text"), rows=[("short",), (None,)]))


def test_a_result_without_rows_has_its_columns() -> None:
    frame = result_frame(make_result(("a", "int4"), ("t", "timestamptz"), rows=[]))
    assert list(frame) == ["a", "t"]


def test_a_value_that_postgres_cut_tells_its_length_and_is_no_number() -> None:
    columns = (Column("x", "text"), Column("n", "numeric"))
    rows: list[Cells] = [("z" * 2000, "1" * 1500)]
    lengths = {(0, 0): 300_000_000, (0, 1): 2000}
    result = QueryResult(columns, rows, False, lengths=lengths)
    frame = result_frame(result)
    assert frame["x"].iloc[0] == "z" * 1000 + "… (300,000,000 characters)"
    assert frame["n"].iloc[0] == "1" * 1000 + "… (2,000 characters)"
    assert write_csv(result).endswith('1… (cut at 1,500 of 2,000 characters)"\r\n')


def test_formulas_are_text_in_a_file() -> None:
    result = make_result(("=1+1", "text"), ("n", "int4"), rows=[("@x", "-5"), (None, None)])
    assert write_csv(result) == "'=1+1,n\r\n'@x,-5\r\n,\r\n"
