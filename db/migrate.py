"""Bring a database to today's schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import errors
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from db.errors import Unsuitable, translated_errors
from db.locks import SoleTask, lock_task

_FOLDER = Path(__file__).parent
_OLDEST = (14,)


def migrate(engine: Engine) -> None:
    """Apply the revisions that are missing. Raises Away, Unsuitable.

    Of two callers at once, the second waits and finds nothing to do. The SQL files are loaded
    after any new revision, so a change to one of them needs a revision too, even an empty one.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER / "migrations"))
    script = ScriptDirectory.from_config(config)
    newest = script.get_current_head()
    with translated_errors(), _explained(), engine.begin() as connection:
        version = connection.dialect.server_version_info or ()
        if version < _OLDEST:
            raise Unsuitable(
                f"Burn needs PostgreSQL {_OLDEST[0]} or newer, and this is {'.'.join(map(str, version))}."
            )
        lock_task(connection, SoleTask.MIGRATE)
        current = MigrationContext.configure(connection).get_current_heads()
        if current == (newest,):
            return
        known = {each.revision for each in script.walk_revisions()}
        if not known.issuperset(current):
            raise Unsuitable(
                f"The database is at revision {', '.join(current)}, which this Burn doesn't know. A "
                "newer Burn has used it, or another program. Install that Burn again, or use a "
                "database of its own for this one."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        # Through the driver's cursor, which leaves the percent signs of RAISE alone.
        for file in (
            "rules.sql",
            "pauses.sql",
            "spending.sql",
            "notify.sql",
            "visitor.sql",
            "own_facts.sql",
            "account.sql",
            "policies.sql",
        ):
            connection.connection.cursor().execute((_FOLDER / file).read_text())


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, errors.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        said = str(cause).partition("\n")[0]
        match cause:
            case errors.DuplicateTable() | errors.DuplicateObject():
                words = f"The database has tables of another program ({said}). Use one of its own for Burn."
            case errors.InsufficientPrivilege():
                words = (
                    f"Burn's role isn't allowed to set this database up ({said}). Connect as the "
                    "database's owner who has set it up before, or as a superuser."
                )
            case errors.ReadOnlySqlTransaction():
                words = (
                    "The database can only be read: it is a replica, or set to be read-only. Use "
                    "one that Burn can write to."
                )
            case _:
                raise
        raise Unsuitable(words) from error
