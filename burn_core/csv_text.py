"""Text in CSV files that a spreadsheet would take for a formula, which it runs when opened."""

import re

# RE2, which pyarrow uses, takes them too.
FORMULA = r"^[=+\-@＝＋－＠\t\r\n]"
NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
# Some spreadsheets split a cell there. ;-) is no formula.
LATER_FORMULA = r"([;\t\r\n])([=+@＝＋－＠]|-[^)])"
MARKED_LATER = r"\1'\2"
_FORMULA = re.compile(FORMULA)
_LATER_FORMULA = re.compile(LATER_FORMULA)
_NUMBER = re.compile(NUMBER)


def neutralize(text: str | None) -> str | None:
    """The text with an apostrophe before each formula that it could have, which makes that plain text.

    Numbers stay as they are: -5 is no formula.
    """
    if text is None or _NUMBER.fullmatch(text):
        return text
    marked = f"'{text}" if _FORMULA.match(text) else text
    return _LATER_FORMULA.sub(MARKED_LATER, marked)
