"""What one sentence says about its speaker."""

from collections.abc import Sequence
from dataclasses import dataclass

from understudy.english.categories import category_of
from understudy.english.objects import OBJECT_LIMIT, is_empty, render_object, trim
from understudy.english.sensitive import is_sensitive
from understudy.english.text import shorten


@dataclass(frozen=True, slots=True)
class Statement:
    """`predicate` is in the third person present if it has one; `confidence` is 0.1 to 1.0."""

    predicate: str
    object: str
    category: str
    confidence: float


def make_statement(
    predicate: Sequence[str], obj: Sequence[str], confidence: float
) -> Statement | None:
    """A statement, or None if it would say nothing or be about a sensitive subject."""
    kept = trim(obj)
    denied = kept in (["anything"], ["anyone"], ["anybody"]) and {"never", "not"} & set(predicate)
    if not kept or (is_empty(kept) and kept not in (["me"], ["us"]) and not denied):
        return None
    said, rendered = shorten(" ".join(predicate), OBJECT_LIMIT), render_object(kept)
    whole = f"{said} {rendered}"
    if not said or not any(c.isalnum() for c in rendered) or is_sensitive(whole):
        return None
    return Statement(said, rendered, category_of(said, rendered), confidence)
