"""Where SQLAlchemy's and psycopg's errors end.

db translates them once, as they leave it (connection.py). No other module names theirs; a database
that can't be reached and a refused write have these two names everywhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, TimeoutError

# Why each rule refuses a write, for the person whose write it was. rules.sql raises some of these
# names; Postgres raises the others, which schema.py declares. not_allowed stands for every policy.
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
    "events_data_check": "The data doesn't fit the type of the event.",
    "events_append_only": "Events can't be changed or deleted. Add a new one instead.",
    "agents_append_only": "Agents can't be changed or deleted. Add a new version instead.",
}
# Where Postgres finds that a row fails a policy. The SQLSTATE is also that of missing grants, which
# are bugs.
_POLICY = "ExecWithCheckOptions"
# SQLSTATEs that say that the server is going, or gone: connection exceptions and shutdowns.
_GONE = ("08", "57P")


class Away(Exception):
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


class Refused(Exception):
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
    except (DBAPIError, TimeoutError, psycopg.Error) as error:
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
    if isinstance(cause, psycopg.OperationalError):
        code = cause.sqlstate
        return Away(str(cause), is_reachable=code is not None and not code.startswith(_GONE))
    # All connections of the pool are taken; or the connection ended in the midst of something.
    was_cut = isinstance(error, DBAPIError) and error.connection_invalidated
    if was_cut or isinstance(error, TimeoutError):
        return Away(str(cause))
    return None
