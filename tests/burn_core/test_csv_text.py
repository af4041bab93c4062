"""Text that a spreadsheet would take for a formula."""

import pytest

from burn_core.csv_text import neutralize


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        '=HYPERLINK("https://example.com")',
        "-",
    ],
)
def test_a_formula_becomes_text(text: str) -> None:
    assert neutralize(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", [None, "", "-5", "+5", "-0.5", "-.5", "-1e-9", "5", "1=1", "a-b", "'=1", "é"]
)
def test_everything_else_stays(text: str | None) -> None:
    assert neutralize(text) == text
