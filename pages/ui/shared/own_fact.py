"""What only the person whom a fact is about sees beside it: whether it is so, and forgetting it."""

from collections.abc import Callable
from uuid import UUID

import streamlit as st
from sqlalchemy.orm import Session

from burn_core.facts import FactRecord
from burn_core.room.own_facts import confirm_fact, dispute_fact, forget_fact
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.acting import as_visitor
from pages.ui.shared.database import get_engine
from pages.ui.shared.live import announce


def draw_own_fact(fact: FactRecord, place: str) -> None:
    """Buttons for a fact about the visitor. place is where they are, for their keys."""
    key = f"{place}-{fact.id}"
    with st.container(horizontal=True, key=f"own-{key}"):
        if fact.is_in_force:
            _draw_answers(fact, key)
        with st.popover("Forget it", icon=":material/delete_forever:", key=f"forget-{key}"):
            st.write(
                "This can't be undone. The fact goes, and so do the message in which you said it, and"
                " everything else in this thread that you or the agents wrote with these words. What other"
                " people wrote stays. Everybody sees that something was forgotten, but not what."
            )
            st.button(
                "Forget it for good",
                key=f"forget-for-good-{key}",
                type="primary",
                on_click=_forget,
                args=[fact],
            )


def _draw_answers(fact: FactRecord, key: str) -> None:
    st.button(
        "That's right",
        key=f"confirm-{key}",
        icon=":material/check:",
        on_click=_answer,
        args=[confirm_fact, fact],
        disabled=fact.confirmed_at is not None,
    )
    st.button(
        "That's wrong",
        key=f"dispute-{key}",
        icon=":material/close:",
        on_click=_answer,
        args=[dispute_fact, fact],
        disabled=fact.disputed,
    )


@as_visitor
def _answer(
    visitor: User, answer: Callable[[Session, UUID, FactRecord], None], fact: FactRecord
) -> None:
    with begin(get_engine()) as session:
        answer(session, visitor.id, fact)
    _announce(fact)


@as_visitor
def _forget(visitor: User, fact: FactRecord) -> None:
    with begin(get_engine()) as session:
        forget_fact(session, fact.id)
    _announce(fact)


def _announce(fact: FactRecord) -> None:
    announce(*(f"{table}:{fact.thread_id}" for table in ("facts", "events", "runs")))


def describe_standing(fact: FactRecord) -> str:
    """Badges that say how it stands, or nothing."""
    badges = {
        ":orange-badge[disputed]": fact.disputed,
        ":orange-badge[hearsay]": fact.hearsay,
        ":green-badge[confirmed]": fact.confirmed_at is not None,
        ":gray-badge[superseded]": fact.superseded_by_id is not None,
    }
    return "".join(f" {badge}" for badge, is_shown in badges.items() if is_shown)
