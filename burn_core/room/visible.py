"""What people see of a text: characters that show nothing, or that disturb the text around them."""

import re
from unicodedata import category, normalize

# Letters of some scripts have three marks. Taller piles run into the lines above and below.
_MOST_MARKS = 4
# They count as letters or symbols, and show nothing.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Invisible, and part of what people write: joiners between letters or emoji, and the letters behind
# the black flag that make it England's, Scotland's or Wales's.
_JOINED = re.compile("(?<=\\S)[\u200c\u200d](?=\\S)|(?<=\U0001f3f4)[\U000e0020-\U000e007f]+")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen."""
    return all(each in _BLANKS or category(each)[0] in "CMZ" for each in text)


def tidy(name: str) -> str:
    """A name on one line, without invisible characters, and with few marks on each letter."""
    kept = {at for match in _JOINED.finditer(name) for at in range(*match.span())}
    tidied = ""
    marks = 0
    for at, each in enumerate(name):
        kind = category(each)
        marks = marks + 1 if kind[0] == "M" else 0
        if at in kept or (kind not in {"Cc", "Cf"} and marks <= _MOST_MARKS):
            tidied += each
        elif each.isspace():
            tidied += " "
    # Sorting a pile of marks takes time that grows with its square, so the piles are small by now.
    return " ".join(normalize("NFC", tidied).split())


def drop_turns(text: str) -> str:
    """The text without marks that would turn what stands beside it on the same line."""
    return _TURNS.sub("", text)
