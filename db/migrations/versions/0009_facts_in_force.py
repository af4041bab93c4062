"""The index of superseded facts leaves out those in force."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NAME = "facts_superseded_by_id_index"


def upgrade() -> None:
    """Smaller, and no plan looks there for the facts in force any more."""
    op.drop_index(_NAME, "facts")
    op.create_index(
        _NAME, "facts", ["superseded_by_id"], postgresql_where="superseded_by_id IS NOT NULL"
    )
