"""People: their names, their passwords, and the browsers that they are signed in with."""

from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from burn_core.errors import BadName, NameTaken, WrongPassword
from burn_core.room.hosts import has_no_host
from burn_core.users import NAME_RULE, USER_COLUMNS, User, is_name, tidy_name
from db import schema

_hasher = PasswordHasher()


def sign_in(
    session: Session, browser_id: UUID, name: str, password: str = "", *, may_host: bool = True
) -> User:
    """Sign the browser in as the person of that name, who is made if there is none.

    A name with a password needs it. A name without one belongs to the browsers that have been
    signed in with it, which is the one that made it. Who is made first is the host, if they may.
    Raises BadName, NameTaken, WrongPassword.
    """
    name = _check_name(name)
    row = session.scalar(
        select(schema.User).where(schema.User.name == name, schema.User.type == "human")
    )
    if row is None:
        row = _make_user(session, name, password, may_host)
    elif row.password_hash is not None:
        _check_password(row.password_hash, password)
    elif not _has_been_signed_in(session, browser_id, row.id):
        raise NameTaken(
            f"The name {name} is taken. If it is yours, open Burn in the browser in which you "
            "first used it. Otherwise choose another."
        )
    _open_session(session, browser_id, row.id)
    return User(row.id, row.name, row.type, row.avatar_url)


def sign_out(session: Session, browser_id: UUID) -> None:
    """Sign the browser out. It stays known to a name without a password."""
    session.execute(
        update(schema.Session)
        .where(schema.Session.browser_id == browser_id, schema.Session.signed_out_at.is_(None))
        .values(signed_out_at=func.now())
    )


def find_signed_in(session: Session, browser_id: UUID) -> User | None:
    """The person whom this browser is signed in as."""
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


def _make_user(session: Session, name: str, password: str, may_host: bool) -> schema.User:
    if session.scalar(select(schema.User.id).where(schema.User.name == name)):
        raise NameTaken(f"{name} is one of the agents. Choose another name.")
    made: schema.User | None = session.scalar(
        insert(schema.User)
        .values(
            name=name,
            password_hash=_hasher.hash(password) if password else None,
            is_host=may_host and has_no_host(session),
        )
        .on_conflict_do_nothing()
        .returning(schema.User)
    )
    if made is None:
        raise NameTaken(f"Somebody took the name {name} a moment ago. Choose another.")
    return made


def _check_password(password_hash: str, password: str) -> None:
    try:
        _hasher.verify(password_hash, password)
    except VerificationError as error:
        raise WrongPassword(
            "That is not the password of this name. Try again, or choose another name."
            if password
            else "This name has a password. Type it, or choose another name."
        ) from error


def _has_been_signed_in(session: Session, browser_id: UUID, user_id: UUID) -> bool:
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
