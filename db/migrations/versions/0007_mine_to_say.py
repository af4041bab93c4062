"""People confirm, dispute and forget facts about themselves, and delete their accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The triggers and functions are loaded after every revision (db/migrate.py)."""
    for table in ("threads", "runs", "facts"):
        op.add_column(table, sa.Column("forgotten_at", sa.DateTime(timezone=True)))
    op.add_column("users", sa.Column("deleted_at", sa.DateTime(timezone=True)))
    op.add_column(
        "facts", sa.Column("hearsay", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("facts", sa.Column("confirmed_at", sa.DateTime(timezone=True)))
    op.add_column("facts", sa.Column("superseded_by_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("facts_superseded_by_id_fkey"),
        "facts",
        "facts",
        ["superseded_by_id"],
        ["id"],
        ondelete="SET NULL",
        deferrable=True,
        initially="DEFERRED",
    )
    op.create_index(op.f("facts_superseded_by_id_index"), "facts", ["superseded_by_id"])
