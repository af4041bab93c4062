"""Signing in: people's names, their passwords and the browsers that they use."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from burn_core.errors import BadName, NameTaken
from burn_core.room.hashing import hash_password, is_password
from burn_core.room.hosts import has_no_host
from burn_core.users import NAME_RULE, USER_COLUMNS, User, is_name, tidy_name
from db import schema


def sign_in(
    session: Session, browser_id: UUID, name: str, password: str = "", *, may_host: bool = True
) -> User:
    """Sign the browser in as the person with that name, creating them if there is none.

    A name with a password needs it. A name without one works only in the browser that created it.
    The first person created becomes a host, if may_host. Raises BadName, NameTaken.
    """
    name = _check_name(name)
    row = session.scalar(
        select(schema.User).where(schema.User.name == name, schema.User.type == "human")
    )
    if row is None:
        row = _create_user(session, name, password, may_host)
    elif not _is_theirs(session, browser_id, row, password):
        # These words and the time they take say neither whether the name has a password.
        raise NameTaken(
            f"The name {name} is taken. If it's yours, enter its password, or open Burn in the "
            "browser where you first used it. Otherwise, choose another name."
        )
    _open_session(session, browser_id, row.id)
    return User(row.id, row.name, row.type, row.avatar_url)


def sign_out(session: Session, browser_id: UUID) -> None:
    """Sign the browser out. It can still sign in again with a name that has no password."""
    session.execute(
        update(schema.Session)
        .where(schema.Session.browser_id == browser_id, schema.Session.signed_out_at.is_(None))
        .values(signed_out_at=func.now())
    )


def find_signed_in(session: Session, browser_id: UUID) -> User | None:
    """The person who is signed in with this browser."""
    row = session.execute(
        select(*USER_COLUMNS)
        .join(schema.Session)
        .where(schema.Session.browser_id == browser_id, schema.Session.signed_out_at.is_(None))
    ).one_or_none()
    return None if row is None else User(*row)


def _check_name(name: str) -> str:
    name = tidy_name(name)
    if not is_name(name):
        raise BadName(NAME_RULE)
    return name


def _create_user(session: Session, name: str, password: str, may_host: bool) -> schema.User:
    if session.scalar(select(schema.User.id).where(schema.User.name == name)):
        raise NameTaken(f"{name} is one of the agents. Choose another name.")
    created: schema.User | None = session.scalar(
        insert(schema.User)
        .values(
            name=name,
            password_hash=hash_password(password),
            is_host=may_host and has_no_host(session),
        )
        .on_conflict_do_nothing()
        .returning(schema.User)
    )
    if created is None:
        raise NameTaken(f"Somebody has just taken the name {name}. Choose another name.")
    return created


def _is_theirs(session: Session, browser_id: UUID, row: schema.User, password: str) -> bool:
    if row.password_hash is None and _has_signed_in_before(session, browser_id, row.id):
        return True
    return is_password(row.password_hash, password)


def _has_signed_in_before(session: Session, browser_id: UUID, user_id: UUID) -> bool:
    known = select(schema.Session.id).where(
        schema.Session.browser_id == browser_id, schema.Session.user_id == user_id
    )
    return session.scalar(known) is not None


def _open_session(session: Session, browser_id: UUID, user_id: UUID) -> None:
    sign_out(session, browser_id)
    session.execute(
        insert(schema.Session)
        .values(browser_id=browser_id, user_id=user_id)
        .on_conflict_do_update(
            index_elements=["browser_id", "user_id"], set_={"signed_out_at": None}
        )
    )
