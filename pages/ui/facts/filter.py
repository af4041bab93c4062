"""The field that only the filter of facts has: confidence."""

import streamlit as st

from burn_core.explore.facts import FactFilter
from pages.ui.shared import address
from pages.ui.shared.browse import choose


def draw_confidence(filter: FactFilter) -> None:
    least, most = map(float, filter.confidence)
    address.set_widget("facts-confidence", (least, most))
    st.slider(
        "Confidence",
        0.0,
        1.0,
        step=0.1,
        format="%.1f",
        key="facts-confidence",
        on_change=_take_confidence,
        width=220,
    )


def _take_confidence() -> None:
    least, most = st.session_state["facts-confidence"]
    choose(least=[f"{least:.1f}"] if least > 0 else [], most=[f"{most:.1f}"] if most < 1 else [])
