"""Who is alive, as Postgres sees it: a process holds a lock of its own for as long as it lives.

Postgres drops a session's advisory locks within moments of the end of its connection. Whoever
gets a process's lock knows that the process is gone.
"""

from db.connection import Connection


def show_alive(connection: Connection, name: str) -> None:
    """Hold the lock of that name for as long as the connection lives.

    Waits for the end of an earlier connection of the same process that Postgres believes alive.
    """
    connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])


def is_gone(column: str) -> str:
    """The SQL condition that the process whose name is in the column is gone."""
    return f"pg_try_advisory_xact_lock(hashtextextended({column}, 0))"
