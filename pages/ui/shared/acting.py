"""What people do by a click: done as the visitor, or a toast says why not."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from burn_core.errors import NotAllowed, UserError
from burn_core.users import User
from db.errors import Away, Refused
from pages.ui.shared.markdown import escape
from pages.ui.shared.visitor import find_visitor


@contextmanager
def as_visitor() -> Iterator[User]:
    """For callbacks: do the block as the visitor, and say in a toast if something refuses.

    The rest of the block is then skipped, so its last lines are for what follows a success:
    announcing it, or clearing an input.
    """
    try:
        visitor = find_visitor()
        if visitor is None:
            raise NotAllowed("You have signed out in another tab. Sign in again first.")
        yield visitor
    except (UserError, Refused) as error:
        st.toast(escape(str(error)), icon=":material/error:")
    except Away:
        st.toast(
            "Burn's database can't be reached. Try again in a moment.", icon=":material/cloud_off:"
        )
