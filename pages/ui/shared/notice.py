"""What people should know before they say anything: the same words wherever somebody comes in."""

import streamlit as st


def draw_notice() -> None:
    st.markdown(
        "- :material/visibility: **Who sees it:** everybody in a thread, and whoever has its link. "
        "What you say is a row in a database, and so is every fact that Sarah finds in it.\n"
        "- :material/sentiment_very_satisfied: **You will be roasted:** Jerry and Frankie make "
        "jokes about you, from those facts. They stay away from religion, sexuality, politics, "
        "health and trauma.\n"
        "- :material/front_hand: **Enough?** Tap out in the thread, and no agent asks or roasts "
        "you from then on."
    )
