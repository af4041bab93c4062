"""Where SQLAlchemy's and psycopg's errors end.

db translates them once, as they leave it (connection.py). No other module names theirs; a database
that can't be reached and a refused write have these two names everywhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, TimeoutError

# Why each rule refuses a write, for the person whose write it was. rules.sql raises some of these
# names; Postgres raises the others, which schema.py declares. not_allowed stands for every policy, and
# unstorable for the server's encoding.
_REASONS = {
    "not_allowed": "You aren't, or are no longer, allowed to do that.",
    "threads_owner_check": "Only the owner of this thread can do that.",
    "users_name_check": "A name needs 2 to 16 characters: letters a to z, digits, _ and -.",
    "users_human_name_key": "Somebody else has that name. Choose another.",
    "sessions_current_key": "This browser was signed in elsewhere a moment ago. Reload the page.",
    "identities_issuer_subject_key": "You have just signed up in another tab. Reload this one.",
    "memberships_role_of_type_check": (
        "People can only be owners or members of a thread, and agents only producers or comedians."
    ),
    "memberships_removed_check": "You were removed from this thread. Its owner can let you back in.",
    "memberships_thread_id_user_id_key": "They are already in this thread.",
    "memberships_thread_id_fkey": "This thread no longer exists.",
    "memberships_user_id_fkey": "This person or agent no longer exists.",
    "events_author_is_member_check": "Only members of a thread can write in it.",
    "events_author_is_owner_check": "Only the owner of this thread can do that.",
    "events_type_of_author_check": "People write messages and agents use tools, not the other way round.",
    "events_tapped_out_check": "Somebody named in this has tapped out.",
    "events_forgotten_check": (
        "Somebody had something about them forgotten while this agent was thinking."
    ),
    "users_self_check": "Only you can delete your account, and you are no longer signed in.",
    "users_last_host_check": "You are the only host. Make somebody else a host first.",
    "facts_subject_check": "Only the person whom a fact is about can do that.",
    "unstorable": (
        "That text has a character that can't be stored: U+0000, or half of one that has two halves."
        " Type it again without it."
    ),
    "events_data_check": "The data doesn't fit the type of the event.",
    "events_append_only": "Events can't be changed or deleted. Add a new one instead.",
    "agents_append_only": "Agents can't be changed or deleted. Add a new version instead.",
}
# Where Postgres finds that a row fails a policy. The SQLSTATE is also that of missing grants, which
# are bugs.
_POLICY = "ExecWithCheckOptions"
# Where Postgres finds that the queue of notifications is full. The SQLSTATE is also that of _TOO_MUCH.
_NOTIFYING = "PreCommit_Notify"
# SQLSTATEs that say that the server is going, or gone: connection exceptions and shutdowns.
_GONE = ("08", "57P")
# What Postgres says of a half of a surrogate pair in JSON.
_HALF = "surrogate"
# SQLSTATEs of what no attempt can write: a text with too many words, a value that is too deep.
_TOO_MUCH = "54"


class DatabaseError(Exception):
    """The base of what follows."""


class Away(DatabaseError):
    """The database can't be reached, cut the connection or gave up. Trying again may help.

    reason is what Postgres or its driver said, in one line, for operators; words, for people.
    """

    def __init__(self, reason: str, is_reachable: bool = False) -> None:
        self.reason = " ".join(reason.split())
        self.is_reachable = is_reachable
        problem = "had to give up" if is_reachable else "can't be reached"
        super().__init__(f"The database {problem}: {self.reason}")

    @property
    def words(self) -> str:
        return (
            "Burn's database is busy." if self.is_reachable else "Burn's database can't be reached."
        )


class CannotStart(Away):
    """The embedded server can't start. Its text says why, and what to do, for the operator."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.args = (sentence,)


class Unsuitable(DatabaseError):
    """Burn can't work with this database as it is. Says why, and what an operator can do."""


class Refused(DatabaseError):
    """A trigger or a constraint refused a write. Its text says why to the person who made it.

    constraint is the rule's name; empty where the rule has none, such as NOT NULL.
    """

    def __init__(self, constraint: str, reason: str) -> None:
        self.constraint = constraint
        general = f"The database refused this change: {' '.join(reason.split())}."
        super().__init__(_REASONS.get(constraint, general))


@contextmanager
def translated_errors() -> Iterator[None]:
    """In the block, the driver's errors become Away or Refused. Others, which are bugs, stay."""
    try:
        yield
    except (DBAPIError, TimeoutError, psycopg.Error, UnicodeEncodeError) as error:
        translation = _translate(error)
        if translation is None:
            raise
        raise translation from error


def _translate(error: Exception) -> Away | Refused | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.errors.InsufficientPrivilege) and (
        cause.diag.source_function == _POLICY
    ):
        return Refused("not_allowed", str(cause))
    if isinstance(cause, psycopg.IntegrityError):
        said = cause.diag.message_primary or str(cause)
        return Refused(cause.diag.constraint_name or "", said)
    if _is_unstorable(cause):
        return Refused("unstorable", str(cause))
    if isinstance(cause, psycopg.OperationalError):
        code = cause.sqlstate
        is_queue = cause.diag.source_function == _NOTIFYING
        if code is not None and code.startswith(_TOO_MUCH) and not is_queue:
            return Refused("", cause.diag.message_primary or str(cause))
        return Away(str(cause), is_reachable=code is not None and not code.startswith(_GONE))
    if isinstance(cause, psycopg.errors.ReadOnlySqlTransaction):
        return Away(cause.diag.message_primary or str(cause), is_reachable=True)
    # All connections of the pool are taken; or the connection ended in the midst of something.
    was_cut = isinstance(error, DBAPIError) and error.connection_invalidated
    if was_cut or isinstance(error, TimeoutError):
        return Away(str(cause))
    return None


def _is_unstorable(error: object) -> bool:
    """Whether a text has what Postgres can't store. psycopg itself finds U+0000 and halves."""
    match error:
        case UnicodeEncodeError() | psycopg.errors.UntranslatableCharacter():
            return True
        case psycopg.DataError():
            return "NUL" in str(error) or _HALF in (error.diag.message_detail or "")
    return False
