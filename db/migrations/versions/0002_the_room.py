"""Who is here, who has tapped out, and who may read along."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("threads", sa.Column("spectator_key", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("threads_spectator_key_key"), "threads", ["spectator_key"])
    op.add_column(
        "memberships", sa.Column("tapped_out_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_check_constraint(
        op.f("memberships_tapped_out_at_check"),
        "memberships",
        "tapped_out_at IS NULL OR role IN ('owner', 'member')",
    )
    op.create_table(
        "visits",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("web", sa.Text(), nullable=False),
        sa.Column(
            "inserted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], name=op.f("visits_thread_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("visits_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("visits_pkey")),
    )
    op.create_index(op.f("visits_thread_id_index"), "visits", ["thread_id"])
    op.create_index(op.f("visits_user_id_index"), "visits", ["user_id"])
    op.create_index("facts_thread_id_inserted_at_index", "facts", ["thread_id", "inserted_at"])
