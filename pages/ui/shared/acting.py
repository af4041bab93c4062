"""Actions by click: performed as the visitor, and a toast explains a refusal."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import streamlit as st

from burn_core.errors import NotAllowed, UserError
from burn_core.room.limits import ACTIONS
from burn_core.users import User
from db.errors import Away, Refused
from pages.ui.shared.markdown import escape
from pages.ui.shared.resources import get_rate_limits
from pages.ui.shared.visitor import find_visitor

P = ParamSpec("P")


def as_visitor(act: Callable[Concatenate[User, P], None]) -> Callable[P, None]:
    """Make a callback of a function whose first argument is the visitor.

    If something refuses, or the database can't be reached, a toast says so. The function ends there,
    so its last lines are for what follows a success.
    """

    return as_visitor_at_any_rate(_limited(act))


def as_visitor_at_any_rate(act: Callable[Concatenate[User, P], None]) -> Callable[P, None]:
    """The same without a limit, for what must always be possible, such as signing out."""

    @wraps(act)
    def act_or_say_why_not(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            visitor = find_visitor()
            if visitor is None:
                raise NotAllowed("You have signed out in another tab. Sign in again first.")
            act(visitor, *args, **kwargs)
        except (UserError, Refused) as error:
            st.toast(escape(str(error)), icon=":material/error:")
        except Away as error:
            st.toast(f"{error.words} Try again in a moment.", icon=":material/cloud_off:")

    return act_or_say_why_not


def _limited(
    act: Callable[Concatenate[User, P], None],
) -> Callable[Concatenate[User, P], None]:
    @wraps(act)
    def act_within_limit(visitor: User, /, *args: P.args, **kwargs: P.kwargs) -> None:
        get_rate_limits().check((ACTIONS, visitor.id))
        act(visitor, *args, **kwargs)

    return act_within_limit
