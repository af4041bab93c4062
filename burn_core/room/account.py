"""Deleting one's account."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def delete_account(session: Session) -> None:
    """Delete the visitor's account: everything about them, what they said, and their name.

    Threads in which nobody else is go with it; the others pass on, as when an owner leaves. If they are
    the only host, begin raises Refused. The database does it: db/account.sql.
    """
    session.execute(select(func.burn_delete_me()))
