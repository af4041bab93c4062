"""Bring a database to today's schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from db.errors import translated_errors
from db.locks import SoleTask, lock_task

_FOLDER = Path(__file__).parent


def migrate(engine: Engine) -> None:
    """Apply the revisions that are missing. Raises Away.

    Of two callers at once, the second waits and finds nothing to do. The SQL files are loaded
    after any new revision, so a change to one of them needs a revision too, even an empty one.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER / "migrations"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with translated_errors(), engine.begin() as connection:
        lock_task(connection, SoleTask.MIGRATE)
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        # Through the driver's cursor, which leaves the percent signs of RAISE alone.
        for file in ("rules.sql", "notify.sql", "visitor.sql", "policies.sql"):
            connection.connection.cursor().execute((_FOLDER / file).read_text())
