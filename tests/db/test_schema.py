"""The tables: the migrations create what schema.py declares."""

from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql.base import ischema_names

from burn_core.bootstrap import prepare
from db.connection import begin, open_engine
from db.schema import Row, Xid

# Alembic reads this type from the catalogue, where SQLAlchemy has no class for it.
ischema_names["xid8"] = Xid


def test_the_migrations_make_what_the_schema_says(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Row.metadata) == []


def test_every_foreign_key_has_an_index(engine: Engine) -> None:
    with begin(engine) as session:
        bare = session.execute(
            text("""
                SELECT c.conrelid::regclass, c.conname FROM pg_constraint c
                WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
                AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.conrelid
                    AND i.indkey[0] = c.conkey[1])
            """)
        ).all()
    assert bare == []


def test_two_can_prepare_an_empty_database_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor() as pool:
        list(pool.map(prepare, [empty_url] * 4, timeout=60))
    engine = open_engine(empty_url)
    with begin(engine) as session:
        assert session.scalars(text("SELECT name FROM users ORDER BY name")).all() == [
            "frankie",
            "jerry",
            "sarah",
        ]
    engine.dispose()
