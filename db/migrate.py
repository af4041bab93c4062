"""Bring a database to today's schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, func, select

# Any number that nothing else in this database locks.
_MIGRATION_LOCK = 0x6275726E


def migrate(engine: Engine) -> None:
    """Apply what is missing. Two callers at once: the second waits, and finds nothing to do."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def read_sql(name: str) -> str:
    """The text of an .sql file of this folder."""
    return (Path(__file__).parent / name).read_text()
