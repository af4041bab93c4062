"""Triggers notify on one channel, burn_changes, and each rule that refuses a write has a name.

Nothing changes in the tables.
"""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The triggers are loaded after every revision (db/migrate.py)."""
