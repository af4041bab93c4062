"""Passwords: hashing and checking them, a few at a time.

Each takes a core a quarter of a second and 64 MiB on purpose (argon2id), so a flood of them could
stall everybody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from burn_core.errors import TooFast, WrongPassword
from burn_core.room.limits import widen
from burn_core.room.turns import Turns

FEWEST_CHARACTERS = 8
_AT_ONCE = 2
_LONGEST_WAIT_SECONDS = 10.0
_TRY_AGAIN_SECONDS = 10
_hasher = PasswordHasher()
_turns = Turns(_AT_ONCE)


@contextmanager
def password_turn(password: str, address: str | None) -> Iterator[None]:
    """Wait for a turn to hash or check the password, if there is one. Raises TooFast.

    Addresses take turns, however many people wait at each. Take one before a transaction begins: those
    who wait would hold the database's connections.
    """
    if not password:
        yield
        return
    if not _turns.take(widen(address), _LONGEST_WAIT_SECONDS):
        raise TooFast("Many people are signing in right now.", _TRY_AGAIN_SECONDS)
    try:
        yield
    finally:
        _turns.give_back()


def hash_password(password: str) -> str | None:
    """What is kept of a new password; None for an empty one. Raises WrongPassword if it is short."""
    if 0 < len(password) < FEWEST_CHARACTERS:
        raise WrongPassword(
            f"A password needs at least {FEWEST_CHARACTERS} characters. Choose a longer one."
        )
    return _hasher.hash(password) if password else None


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether the hash is the password's. No hash takes as long to check as any other."""
    if not password:
        return False
    try:
        _hasher.verify(password_hash or _hash_nothing(), password)
    except VerificationError:
        return False
    return password_hash is not None


@cache
def _hash_nothing() -> str:
    return _hasher.hash("nobody's password")
