"""Bring a database to today's schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select

_FOLDER = Path(__file__).parent
# Any number that nothing else in this database locks.
_MIGRATION_LOCK = 0x6275726E


def migrate(engine: Engine) -> None:
    """Apply what is missing. Two callers at once: the second waits, and finds nothing to do.

    After new tables come the triggers, as they stand: a change to triggers.sql needs a revision
    of its own, be it an empty one.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER / "migrations"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        if MigrationContext.configure(connection).get_current_revision() == newest:
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        # Through the driver's cursor, which leaves the percent signs of RAISE alone.
        connection.connection.cursor().execute((_FOLDER / "triggers.sql").read_text())
