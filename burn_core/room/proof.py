"""What shows that a name is somebody's to use, before anybody is signed in with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as a provider of sign-ins knows them, from a token that it issued at issued_at."""

    issuer: str
    subject: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """A name, and what must still be true of its user when they enter. user_id is None for a new name.

    password_hash is the user's, or a new user's. With an identity, a provider vouches for them.
    """

    name: str
    user_id: UUID | None = None
    password_hash: str | None = None
    identity: Identity | None = None
