"""Alembic's hook: run the migrations on the connection that db.migrate hands over."""

from alembic import context

from db.schema import Row

context.configure(connection=context.config.attributes["connection"], target_metadata=Row.metadata)
with context.begin_transaction():
    context.run_migrations()
