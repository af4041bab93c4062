"""Only searches see the views in the schema seen, and only owners change what is theirs in a thread.

Nothing changes in the tables.
"""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The triggers, functions and policies are loaded after every revision (db/migrate.py)."""
