"""Mending what a dump brings along that was true on another server only."""

from sqlalchemy import Engine, text

_COLUMNS = (
    *(("users", "changed_in"), ("threads", "changed_in"), ("memberships", "changed_in")),
    *(("memberships", "joined_in"), ("events", "changed_in"), ("facts", "changed_in")),
    ("deletions", "changed_in"),
)


def repair_transaction_ids(engine: Engine) -> None:
    """Let rows that name transactions which this server has yet to make, name one of its own.

    Else whoever follows the rows wouldn't see them before it has made so many.
    """
    with engine.begin() as connection:
        for table, column in _COLUMNS:
            is_wrong = f"{column} >= pg_snapshot_xmax(pg_current_snapshot())"
            if not connection.scalar(text(f"SELECT EXISTS (SELECT FROM {table} WHERE {is_wrong})")):
                continue
            # Nothing happened that a trigger need know of, and events may not change at all.
            for statement in (
                f"ALTER TABLE {table} DISABLE TRIGGER USER",
                f"UPDATE {table} SET {column} = pg_current_xact_id() WHERE {is_wrong}",
                f"ALTER TABLE {table} ENABLE TRIGGER USER",
            ):
                connection.execute(text(statement))
