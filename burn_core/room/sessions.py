"""Sessions: who is signed in with which browser, and as whom it has been before."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from burn_core.users import USER_COLUMNS, User
from db import schema

# A sign-in that is used moves its end on, but writes that down at most once an hour.
_IS_WORTH_EXTENDING = text(f"sessions.expires_at < {schema.SIGN_IN_END} - '1 hour'::interval")


def open_session(session: Session, browser_id: UUID, user_id: UUID) -> None:
    sign_out(session, browser_id)
    session.execute(
        insert(schema.Session)
        .values(browser_id=browser_id, user_id=user_id)
        .on_conflict_do_update(
            index_elements=["browser_id", "user_id"],
            set_={"signed_out_at": None, "expires_at": text(schema.SIGN_IN_END)},
        )
    )


def sign_out(session: Session, browser_id: UUID) -> None:
    """Sign the browser out. It can still sign in again with a name that has no password."""
    session.execute(
        update(schema.Session)
        .where(schema.Session.browser_id == browser_id, schema.Session.signed_out_at.is_(None))
        .values(signed_out_at=func.now())
    )


def sign_out_everywhere(session: Session, user_id: UUID, browser_id: UUID | None) -> None:
    """Sign the person out in all browsers. Without a password, their name works only in this one."""
    session.execute(
        delete(schema.Session).where(
            schema.Session.user_id == user_id, schema.Session.browser_id != browser_id
        )
    )
    if browser_id is not None:
        sign_out(session, browser_id)


def forget(session: Session, user_id: UUID, browser_id: UUID) -> None:
    """Sign the person out, so that the browser can't sign in as them again without a password."""
    session.execute(
        delete(schema.Session).where(
            schema.Session.user_id == user_id, schema.Session.browser_id == browser_id
        )
    )


def is_current(browser_id: UUID) -> ColumnElement[bool]:
    """The condition for the row of sessions that is the browser's sign-in now. There is at most one.

    A policy in the database asks the same.
    """
    return and_(
        schema.Session.browser_id == browser_id,
        schema.Session.signed_out_at.is_(None),
        schema.Session.expires_at > func.now(),
    )


def find_signed_in(session: Session, browser_id: UUID) -> User | None:
    """The person who is signed in with this browser."""
    row = session.execute(
        select(*USER_COLUMNS)
        .join(schema.Session, schema.Session.user_id == schema.User.id)
        .where(is_current(browser_id))
    ).one_or_none()
    return None if row is None else User(*row)


def extend_sign_in(session: Session, browser_id: UUID) -> None:
    """The browser's sign-in is in use: from now on it lasts for its whole time again."""
    session.execute(
        update(schema.Session)
        .where(is_current(browser_id), _IS_WORTH_EXTENDING)
        .values(expires_at=text(schema.SIGN_IN_END))
    )


def move_sessions(session: Session, old_browser_id: UUID, browser_id: UUID) -> None:
    """The browser has a new id. The cookie with the old one is worth nothing from now on."""
    # First, as news of a session goes by the browser id that it has in the end.
    sign_out(session, old_browser_id)
    session.execute(
        update(schema.Session)
        .where(schema.Session.browser_id == old_browser_id)
        .values(browser_id=browser_id)
    )


def has_signed_in(session: Session, browser_id: UUID | None, user_id: UUID) -> bool:
    """Whether the person has ever signed in with the browser."""
    known = select(schema.Session.id).where(
        schema.Session.browser_id == browser_id, schema.Session.user_id == user_id
    )
    return session.scalar(known) is not None
