"""What Postgres can hold of what Python calls JSON."""

import json
import math
import re
from typing import Any

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def can_be_stored(value: object) -> bool:
    """Whether a jsonb column can hold it.

    Postgres has neither U+0000 nor halves of surrogate pairs, and JSON has no dates, nan or inf.
    """
    match value:
        case str():
            return _UNSTORABLE.search(value) is None
        case float():
            return math.isfinite(value)
        case dict():
            return all(can_be_stored(part) for pair in value.items() for part in pair)
        case list():
            return all(map(can_be_stored, value))
        case _:
            return value is None or isinstance(value, int)


def make_storable(value: Any) -> Any:
    """The same with U+FFFD for what a text can't hold, and None for numbers that JSON hasn't."""
    match value:
        case str():
            return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {make_storable(key): make_storable(part) for key, part in value.items()}
        case list():
            return [make_storable(part) for part in value]
        case _:
            return value


def read_jsonb(data: str | bytes) -> Any:
    """A column's JSON, or the most of it that Python can read.

    A number with more digits than Python takes is text, and what is nested too deeply is empty.
    """
    try:
        return _DECODER.decode(data if isinstance(data, str) else data.decode())
    except RecursionError:
        return {}


def _read_int(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


_DECODER = json.JSONDecoder(parse_int=_read_int)
