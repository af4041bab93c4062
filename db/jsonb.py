"""What Postgres can hold of what Python calls JSON."""

import math


def can_be_stored(value: object) -> bool:
    """Whether a jsonb column can hold it.

    Postgres has neither U+0000 nor halves of surrogate pairs, and JSON has no dates, nan or inf.
    """
    match value:
        case str():
            return "\0" not in value and not any("\ud800" <= it <= "\udfff" for it in value)
        case float():
            return math.isfinite(value)
        case dict():
            return all(can_be_stored(part) for pair in value.items() for part in pair)
        case list():
            return all(map(can_be_stored, value))
        case _:
            return value is None or isinstance(value, int)
