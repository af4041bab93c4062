"""What one person does tells nothing of what others do."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The functions are loaded after every revision (db/migrate.py)."""
    # It searched what everybody had said. The one that takes its place asks of one thread.
    op.execute("DROP FUNCTION IF EXISTS burn_mention(users)")
    # Visitors' role could call it (now burn_was_removed). It is made again, for Burn's own rules alone.
    op.execute("DROP FUNCTION IF EXISTS burn_is_removed(uuid, uuid)")
    # A thread with the id of a person has sums of its own.
    op.drop_constraint("spending_whose_id_hour_shard_key", "spending")
    op.create_unique_constraint(
        "spending_whose_whose_id_hour_shard_key", "spending", ["whose", "whose_id", "hour", "shard"]
    )
