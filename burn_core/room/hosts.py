"""Hosts: the people who can read the whole database in SQL."""

from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from burn_core.errors import NotAllowed, NotFound
from burn_core.users import NAME_RULE, USER_COLUMNS, User, is_name, tidy_name
from db import schema
from db.locks import SoleTask, lock_task


def is_host(session: Session, user_id: UUID) -> bool:
    """Whether the person can read the whole database in SQL."""
    return session.scalar(select(schema.User.is_host).where(schema.User.id == user_id)) is True


def check_host(session: Session, user_id: UUID) -> None:
    """Raises NotAllowed unless the person is a host."""
    if not is_host(session, user_id):
        raise NotAllowed("Only hosts can do that, and you are not (or no longer) a host.")


def list_hosts(session: Session) -> list[User]:
    """In the order in which they signed up."""
    rows = session.execute(
        select(*USER_COLUMNS).where(schema.User.is_host).order_by(schema.User.inserted_at)
    )
    return [User(*row) for row in rows]


def add_host(session: Session, name: str) -> User:
    """Make the person with that name a host. Does nothing if they are one. Raises NotFound."""
    return _set_host(session, name, is_host=True)


def remove_host(session: Session, name: str) -> User:
    """Make the person with that name no longer a host.

    Raises NotFound, and NotAllowed for the only host.
    """
    lock_task(session, SoleTask.CHOOSE_HOSTS)
    if [host.name for host in list_hosts(session)] == [tidy_name(name)]:
        raise NotAllowed(f"{tidy_name(name)} is the only host. Add another host first.")
    return _set_host(session, name, is_host=False)


def has_no_host(session: Session) -> bool:
    """Whether the next person to sign up becomes the host. Two at once take turns."""
    has_host = exists().where(schema.User.is_host)
    if session.scalar(select(has_host)):
        return False
    lock_task(session, SoleTask.CHOOSE_HOSTS)
    return not session.scalar(select(has_host))


def _set_host(session: Session, name: str, is_host: bool) -> User:
    name = tidy_name(name)
    if not is_name(name):
        raise NotFound(f"Nobody with such a name has signed up here. {NAME_RULE}")
    row = session.scalar(
        update(schema.User)
        .where(schema.User.name == name, schema.User.type == "human")
        .values(is_host=is_host)
        .returning(schema.User)
    )
    if row is None:
        raise NotFound(f"Nobody named {name} has signed up here.")
    return User(row.id, row.name, row.type, row.avatar_url)
