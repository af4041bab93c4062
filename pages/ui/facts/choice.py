"""Which facts the page shows."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Self
from uuid import UUID

from burn_core.explore.facts import FACTS, FactFilter, FactSort
from burn_core.room.access import read_key
from pages.ui.shared import address
from pages.ui.shared.address import Parse
from pages.ui.shared.browse import Choice
from pages.ui.shared.visitor import get_visitor

VIEWS = ("Table", "Charts", "Graph")


def parse_confidence(text: str) -> Decimal | None:
    try:
        confidence = Decimal(text)
    except InvalidOperation:
        return None
    return round(confidence, 2) if confidence.is_finite() and 0 <= confidence <= 1 else None


def parse_view(text: str) -> str | None:
    return text.capitalize() if text.capitalize() in VIEWS else None


@dataclass(frozen=True)
class FactChoice(Choice):
    table = FACTS
    page_size = 20
    parts: ClassVar[dict[str, Parse]] = {
        "least": parse_confidence,
        "most": parse_confidence,
        "sort": {sort.value: sort for sort in FactSort}.get,
        "order": {"ascending": False, "descending": True}.get,
        "after": read_key,
        "fact": read_key,
        "view": parse_view,
    }

    filter: FactFilter
    sort: FactSort
    fact_id: UUID | None  # the chosen fact
    view: str

    @classmethod
    def read(cls) -> Self:
        least = cls.read_part("least", Decimal(0))
        most = cls.read_part("most", Decimal(1))
        return cls(
            user_id=get_visitor().id,
            filter=FactFilter(
                words=address.read_text("words"),
                confidence=(min(least, most), max(least, most)),
                **cls.read_facets(),
            ),
            sort=cls.read_part("sort", FactSort.TIME),
            is_descending=cls.read_part("order", True),
            after_id=cls.read_part("after"),
            fact_id=cls.read_part("fact"),
            view=cls.read_part("view", VIEWS[0]),
        )
