"""People: their names, their passwords, and the browsers that they are signed in with."""

import re
from dataclasses import dataclass
from secrets import token_hex
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from burn_core.errors import BadName, NameTaken, NotAllowed, NotFound, WrongPassword
from db import schema

_hasher = PasswordHasher()
_NAME = re.compile(r"[a-z0-9_-]{2,16}")
# Any number that nothing else in this database locks.
_HOST_LOCK = 0x686F7374


@dataclass(frozen=True, slots=True)
class User:
    """A person or an agent, as a value."""

    id: UUID
    name: str
    type: str
    avatar_url: str | None

    @property
    def is_agent(self) -> bool:
        return self.type == "agent"


USER_COLUMNS = (
    schema.User.id,
    schema.User.name,
    schema.User.type,
    schema.User.avatar_url,
)


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


def is_host(session: Session, user_id: UUID) -> bool:
    """Whether the person may read the whole database in SQL."""
    return session.scalar(select(schema.User.is_host).where(schema.User.id == user_id)) is True


def check_host(session: Session, user_id: UUID) -> None:
    """Raises NotAllowed unless the person is a host."""
    if not is_host(session, user_id):
        raise NotAllowed("Only hosts may do that, and you are none, or not any more.")


def list_hosts(session: Session) -> list[User]:
    """Who came first stands first."""
    rows = session.execute(
        select(*USER_COLUMNS).where(schema.User.is_host).order_by(schema.User.inserted_at)
    )
    return [User(*row) for row in rows]


def name_host(session: Session, name: str) -> User:
    """Make the person of that name a host. Does nothing if they are one. Raises NotFound."""
    return _set_host(session, name, is_host=True)


def unname_host(session: Session, name: str) -> User:
    """The person of that name is no host any more. Raises NotFound; NotAllowed for the last one."""
    _take_turns(session)
    if [host.name for host in list_hosts(session)] == [_tidy_name(name)]:
        raise NotAllowed(f"{_tidy_name(name)} is the only host. Name another one first.")
    return _set_host(session, name, is_host=False)


def get_cookie_key(session: Session) -> str:
    """The secret that signs this instance's cookies. It is made when first asked for."""
    session.execute(
        insert(schema.Instance).values(cookie_key=token_hex(32)).on_conflict_do_nothing()
    )
    return session.scalars(select(schema.Instance.cookie_key)).one()


def _set_host(session: Session, name: str, is_host: bool) -> User:
    row = session.scalar(
        update(schema.User)
        .where(schema.User.name == _tidy_name(name), schema.User.type == "human")
        .values(is_host=is_host)
        .returning(schema.User)
    )
    if row is None:
        raise NotFound(f"Nobody of the name {_tidy_name(name)} has signed up here.")
    return User(row.id, row.name, row.type, row.avatar_url)


def _tidy_name(name: str) -> str:
    return name.strip().removeprefix("@").lower()


def _check_name(name: str) -> str:
    name = _tidy_name(name)
    if not _NAME.fullmatch(name):
        raise BadName("A name has 2 to 16 characters: letters a to z, digits, _ and -.")
    return name


def _make_user(session: Session, name: str, password: str, may_host: bool) -> schema.User:
    if session.scalar(select(schema.User.id).where(schema.User.name == name)):
        raise NameTaken(f"{name} is one of the agents. Choose another name.")
    made: schema.User | None = session.scalar(
        insert(schema.User)
        .values(
            name=name,
            password_hash=_hasher.hash(password) if password else None,
            is_host=may_host and _is_without_host(session),
        )
        .on_conflict_do_nothing()
        .returning(schema.User)
    )
    if made is None:
        raise NameTaken(f"Somebody took the name {name} a moment ago. Choose another.")
    return made


def _is_without_host(session: Session) -> bool:
    """Whether who signs up now is the first. Two at once take turns."""
    has_host = exists().where(schema.User.is_host)
    if session.scalar(select(has_host)):
        return False
    _take_turns(session)
    return not session.scalar(select(has_host))


def _take_turns(session: Session) -> None:
    """Wait for whoever else is deciding who is a host."""
    session.execute(select(func.pg_advisory_xact_lock(_HOST_LOCK)))


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
