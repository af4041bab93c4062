"""What people should know before they join: the same words on every way in."""

import streamlit as st


def draw_notice() -> None:
    st.markdown(
        "- :material/visibility: **Who sees it:** everybody in a thread, anyone with its invite or "
        "spectator link, and this server's hosts. "
        "Everything you say is a row in a database, and so is every fact that Sarah finds in it.\n"
        "- :material/sentiment_very_satisfied: **You will be roasted:** Jerry and Frankie make "
        "jokes about you from those facts. They stay away from religion, sexuality, politics, "
        "health and trauma.\n"
        "- :material/front_hand: **Had enough?** Tap out, and agents will no longer ask you "
        "questions, note facts about you or roast you."
    )
