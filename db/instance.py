"""This instance's one row: the key that signs its cookies and names its read-only role."""

from secrets import token_hex

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db import schema


def get_cookie_key(session: Session) -> str:
    """The secret that signs this instance's cookies. Made on first use."""
    session.execute(
        insert(schema.Instance).values(cookie_key=token_hex(32)).on_conflict_do_nothing()
    )
    return session.scalars(select(schema.Instance.cookie_key)).one()
