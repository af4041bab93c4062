"""Text in CSV files that a spreadsheet would take for a formula, which it runs when opened."""

import re

# RE2, which pyarrow uses, takes them too.
FORMULA = r"^[=+\-@\t\r\n]"
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_FORMULA = re.compile(FORMULA)
_NUMBER = re.compile(NUMBER)


def neutralize(text: str | None) -> str | None:
    """The text behind an apostrophe, which makes it plain text, if it could be a formula.

    Numbers stay as they are: -5 is no formula.
    """
    if text is None or not _FORMULA.match(text) or _NUMBER.fullmatch(text):
        return text
    return f"'{text}"
