"""Repairing the transaction ids that a dump brings from another server."""

from sqlalchemy import Engine, text

from db.errors import translated_errors

_COLUMNS = (
    *(("users", "changed_in"), ("threads", "changed_in"), ("memberships", "changed_in")),
    *(("memberships", "joined_in"), ("events", "changed_in"), ("facts", "changed_in")),
    ("deletions", "changed_in"),
)


def repair_transaction_ids(engine: Engine) -> None:
    """Replace transaction ids from this server's future with the current one. Raises Away.

    Otherwise streams would skip those rows until this server's ids had caught up.
    """
    with translated_errors(), engine.begin() as connection:
        for table, column in _COLUMNS:
            is_wrong = f"{column} >= pg_snapshot_xmax(pg_current_snapshot())"
            if not connection.scalar(text(f"SELECT EXISTS (SELECT FROM {table} WHERE {is_wrong})")):
                continue
            # Nothing happened that triggers should act on, and they forbid updates of events.
            for statement in (
                f"ALTER TABLE {table} DISABLE TRIGGER USER",
                f"UPDATE {table} SET {column} = pg_current_xact_id() WHERE {is_wrong}",
                f"ALTER TABLE {table} ENABLE TRIGGER USER",
            ):
                connection.execute(text(statement))
