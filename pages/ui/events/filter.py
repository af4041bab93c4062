"""The fields that only the filter of events has: times and order."""

import streamlit as st

from burn_core.explore.events import EventFilter
from pages.ui.events.choice import EventChoice
from pages.ui.shared import address
from pages.ui.shared.browse import choose

_ORDERS = {"newest": "Newest first", "oldest": "Oldest first"}


def draw_times_and_order(choice: EventChoice) -> None:
    _draw_times(choice.filter)
    _draw_order(choice.is_descending)


def _draw_times(filter: EventFilter) -> None:
    for name, label, time in (("since", "From", filter.since), ("until", "Before", filter.until)):
        key = f"events-{name}"
        local = None if time is None else time.astimezone(address.get_zone()).replace(tzinfo=None)
        address.set_widget(key, local)
        st.datetime_input(
            label,
            None,
            min_value=address.EARLIEST,
            max_value=address.LATEST,
            key=key,
            format="YYYY-MM-DD",
            step=60,
            on_change=_take_time,
            args=[name],
            width=200,
        )


def _take_time(name: str) -> None:
    local = st.session_state[f"events-{name}"]
    time = [] if local is None else [address.write_time(local.replace(tzinfo=address.get_zone()))]
    choose(**{name: time})


def _draw_order(is_descending: bool) -> None:
    address.set_widget("events-order", "newest" if is_descending else "oldest")
    st.selectbox(
        "Order",
        list(_ORDERS),
        format_func=_ORDERS.__getitem__,
        key="events-order",
        filter_mode=None,
        on_change=_take_order,
        width=160,
    )


def _take_order() -> None:
    order = st.session_state["events-order"]
    choose(order=["oldest"] if order == "oldest" else [])
