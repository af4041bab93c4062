"""People whom a provider of sign-ins (OpenID Connect) vouches for, instead of a password."""

import re
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, insert, select, update
from sqlalchemy.orm import Session

from burn_core.room.proof import Identity, Proof
from db import schema

_row = schema.Identity


def prove_identity(session: Session, identity: Identity) -> Proof | None:
    """The proof that somebody is the person with this identity, without a name if it is new here.

    None if its token, or a later one, has signed them in already.
    """
    user = session.execute(
        select(schema.User.id, schema.User.name, _row.used_at)
        .join(_row, _row.user_id == schema.User.id)
        .where(_is(identity))
    ).one_or_none()
    if user is None:
        return Proof("", identity=identity)
    if user.used_at >= identity.issued_at:
        return None
    return Proof(user.name, user.id, identity=identity)


def add_identity(session: Session, user_id: UUID, identity: Identity) -> None:
    """From now on the person can sign in with it. Its token has then been used."""
    session.execute(
        insert(_row).values(
            user_id=user_id,
            issuer=identity.issuer,
            subject=identity.subject,
            used_at=identity.issued_at,
        )
    )


def use_identity(session: Session, user_id: UUID, identity: Identity) -> bool:
    """Use up its token. False if it has been used, or if the identity isn't this person's.

    The browser keeps the token, so without this it would sign in again after "Sign out everywhere".
    """
    used = session.scalar(
        update(_row)
        .where(_is(identity), _row.user_id == user_id, _row.used_at < identity.issued_at)
        .values(used_at=identity.issued_at)
        .returning(_row.id)
    )
    return used is not None


def has_identity(session: Session, user_id: UUID) -> bool:
    return session.scalar(select(exists().where(_row.user_id == user_id))) is True


def propose_name(*texts: str | None) -> str:
    """A name that a user can have, from the first of the texts (a name, an e-mail address) that has
    one in it. "" if none has.
    """
    for text in texts:
        name = re.sub(r"[^a-z0-9]+", "-", (text or "").lower().partition("@")[0])[:16].strip("-")
        if len(name) > 1:
            return name
    return ""


def _is(identity: Identity) -> ColumnElement[bool]:
    return and_(_row.issuer == identity.issuer, _row.subject == identity.subject)
