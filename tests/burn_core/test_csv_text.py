"""Text that a spreadsheet would take for a formula."""

import time

import pytest

from burn_core.csv_text import neutralize


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        '=HYPERLINK("https://example.com")',
        "-",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
    ],
)
def test_a_formula_becomes_text(text: str) -> None:
    assert neutralize(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [None, "", "-5", "+5", "-0.5", "-.5", "-1e-9", "5", "1=1", "a-b", "'=1", "é", "hi ;-)", "a; b"],
)
def test_everything_else_stays(text: str | None) -> None:
    assert neutralize(text) == text


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("\t=1", "'\t'=1"),
        ("\r=1", "'\r'=1"),
        ("\n1", "'\n1"),
        ("x;=1+1", "x;'=1+1"),
        ("x\t@SUM(A1)", "x\t'@SUM(A1)"),
        ('x\n=1+1;"', "x\n'=1+1;\""),
        ("=1;-2;＝3", "'=1;'-2;'＝3"),
    ],
)
def test_a_formula_is_text_where_a_spreadsheet_splits_the_cell(text: str, marked: str) -> None:
    assert neutralize(text) == marked


def test_what_is_nearly_a_number_is_looked_at_in_no_time() -> None:
    started = time.process_time()
    neutralize("-" + "1" * 1_000_000 + "x")
    assert time.process_time() - started < 5
