"""This instance's one row: the key that signs its cookies and visitors, and names its roles."""

from secrets import token_hex

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db import schema
from db.visitor import pad_keys


def get_cookie_key(session: Session) -> str:
    """The secret that signs this instance's cookies. Made on first use."""
    session.execute(
        insert(schema.Instance).values(cookie_key=token_hex(32)).on_conflict_do_nothing()
    )
    return session.scalars(select(schema.Instance.cookie_key)).one()


def keep_visitor_keys(session: Session) -> None:
    """Let the database check what is signed for visitors with this instance's key (visitor.sql)."""
    inner, outer = pad_keys(get_cookie_key(session))
    session.execute(
        update(schema.Instance)
        .where(schema.Instance.inner_key.is_distinct_from(inner))
        .values(inner_key=inner, outer_key=outer)
    )
