"""The frame of the pages on which people browse a table: what is shown, and a page at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, Self, TypeVar
from uuid import UUID

import streamlit as st
from sqlalchemy.orm import Session

from burn_core.explore.search import COUNTED, Count, Filter, Place, Table
from burn_core.room.threads import list_threads
from db.connection import begin
from pages.ui.shared import address, topics
from pages.ui.shared.address import Parse
from pages.ui.shared.database import get_engine


class Row(Protocol):
    @property
    def id(self) -> UUID: ...


R = TypeVar("R")
C = TypeVar("C", bound="Choice")


@dataclass(frozen=True)
class Choice:
    """What a page shows: what its address asks for, and who is looking."""

    table: ClassVar[Table]
    page_size: ClassVar[int]
    # The names in the address, except for those of the facets and the words.
    parts: ClassVar[dict[str, Parse]]

    user_id: UUID
    filter: Filter
    is_descending: bool
    after_id: UUID | None  # the row that the page follows

    @classmethod
    def read(cls) -> Self:
        """The choice in the address. Restarts the page if the visitor has changed."""
        raise NotImplementedError

    @classmethod
    def read_part(cls, name: str, default: Any = None) -> Any:
        return address.read_value(name, cls.parts[name], default)

    @classmethod
    def read_facets(cls) -> dict[str, tuple[Any, ...]]:
        """The chosen values, by the fields of the filter."""
        return {
            facet.field: address.read_values(facet.name, facet.parse) for facet in cls.table.facets
        }

    def check(self) -> None:
        """Restart the page if this is no longer what it should show. For fragments.

        A fragment may run, for news, in the same moment as a click that changed the address. What
        the click changed concerns the whole page.
        """
        if self.read() != self:
            st.rerun()

    def list_topics(self) -> list[str]:
        """What changes the rows that the visitor sees."""
        return topics.list_topics(self.user_id, **{self.table.name: self.list_threads()})

    def list_threads(self) -> list[UUID]:
        """The visitor's threads that the filter lets through, newest first."""
        with begin(get_engine()) as session:
            ids = [thread.id for thread in list_threads(session, self.user_id)]
        return [id for id in ids if id in self.filter.thread_ids or not self.filter.thread_ids]


def choose(**values: Sequence[object]) -> None:
    """Show other rows, or another order of them, from their first page. For callbacks."""
    address.write(**values, after=[])


def find_place(
    choice: Choice,
    find: Callable[[Session, UUID, UUID], R | None],
    get_place: Callable[[R], Place],
) -> Place | None:
    """Where the page begins, or None for the first page."""
    if choice.after_id is None:
        return None
    with begin(get_engine()) as session:
        row = find(session, choice.user_id, choice.after_id)
    if row is None:
        name = choice.table.name
        st.warning(
            f"This link's page of {name} can't be found: the {name[:-1]} that it follows is gone or "
            "not visible to you. This is the first page.",
            icon=":material/link_off:",
        )
    return None if row is None else get_place(row)


def draw_count(choice: Choice, count: Count, covering: str) -> None:
    """How many rows match. covering names what else looks at no more than COUNTED rows."""
    name = choice.table.name
    st.markdown(f"**{count}** {f'{name[:-1]} matches' if count.rows == 1 else f'{name} match'}")
    if count.rows > COUNTED:
        st.caption(
            f"Counting stops at {COUNTED:,}: {covering} cover the newest {COUNTED:,} matches. "
            "The table has all of them."
        )


def draw_pager(
    choice: C,
    rows: Sequence[Row],
    first: Place | None,
    list_rows: Callable[[C, Place], Sequence[Row]],
    *,
    has_more: bool,
) -> None:
    """Buttons to the other pages.

    first is the place of the first row. list_rows gives the page after a place, and one row more.
    """
    name = choice.table.name

    def go_back() -> None:
        """To the page that ends before the first row: its reverse follows that row."""
        reverse = replace(choice, is_descending=not choice.is_descending)
        before = [] if first is None else list_rows(reverse, first)
        _go_after(*(row.id for row in before[choice.page_size :]))

    is_first = choice.after_id is None
    with st.container(horizontal=True):
        st.button(
            "First",
            key=f"{name}-first",
            icon=":material/first_page:",
            disabled=is_first,
            on_click=_go_after,
        )
        st.button(
            "Back",
            key=f"{name}-back",
            icon=":material/chevron_left:",
            disabled=is_first,
            on_click=go_back,
        )
        st.button(
            "Next",
            key=f"{name}-next",
            icon=":material/chevron_right:",
            icon_position="right",
            disabled=not has_more,
            on_click=_go_after,
            args=[rows[-1].id] if has_more else [],
        )


def _go_after(*ids: UUID) -> None:
    """To the page after a row, or to the first page."""
    address.write(after=ids[:1])
