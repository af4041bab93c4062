"""Passwords, and how people change them."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from burn_core.errors import WrongPassword
from burn_core.room.hashing import hash_password, is_password
from burn_core.room.proof import Proof
from burn_core.room.sessions import sign_out_everywhere
from db import schema


def has_password(session: Session, user_id: UUID) -> bool:
    is_set = select(schema.User.password_hash.is_not(None)).where(schema.User.id == user_id)
    return session.scalar(is_set) is True


def change_password(session: Session, user_id: UUID, current: str, new: str) -> Proof:
    """Give the person a new password, or their first: then current doesn't matter.

    It ends all their sign-ins, also this one, which somebody may hold a copy of. With the Proof that
    this returns, they enter again. Raises WrongPassword.
    """
    if not new:
        raise WrongPassword("Enter a new password.")
    user = session.execute(
        select(schema.User.name, schema.User.password_hash)
        .where(schema.User.id == user_id)
        .with_for_update()
    ).one()
    if user.password_hash is not None and not is_password(user.password_hash, current):
        raise WrongPassword("That is not your current password. Try again.")
    proof = Proof(user.name, user_id, hash_password(new))
    session.execute(
        update(schema.User)
        .where(schema.User.id == user_id)
        .values(password_hash=proof.password_hash)
    )
    sign_out_everywhere(session, user_id, None)
    return proof
