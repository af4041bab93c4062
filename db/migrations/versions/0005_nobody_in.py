"""Sign-ins that expire, invitations with keys, limits, and row-level security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_XID = sa.text("pg_current_xact_id()")
_NOW = sa.text("now()")


class _Xid(UserDefinedType[str]):
    def get_col_spec(self, **options: object) -> str:
        return "xid8"


def upgrade() -> None:
    """The triggers are loaded after every revision (db/migrate.py)."""
    _sign_ins()
    _limits()
    _invitations()
    _row_level_security()


def _sign_ins() -> None:
    in_30_days = sa.text("now() + '30 days'::interval")
    op.add_column(
        "sessions",
        sa.Column(
            "expires_at", sa.DateTime(timezone=True), server_default=in_30_days, nullable=False
        ),
    )
    op.create_table(
        "identities",
        *_make_common_columns(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="identities_pkey"),
        sa.UniqueConstraint("issuer", "subject", name="identities_issuer_subject_key"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="identities_user_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_index("identities_user_id_index", "identities", ["user_id"])
    op.create_table(
        "tickets",
        *_make_common_columns(),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("browser_id", sa.Uuid(), nullable=False),
        sa.Column("old_browser_id", sa.Uuid(), nullable=True),
        sa.Column("is_exchanged", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("has_arrived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="tickets_pkey"),
        sa.UniqueConstraint("token", name="tickets_token_key"),
        sa.UniqueConstraint("browser_id", name="tickets_browser_id_key"),
    )


def _make_common_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("changed_in", _Xid(), server_default=_XID, nullable=False),
    ]


def _limits() -> None:
    op.create_table(
        "limits",
        *_make_common_columns(),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("limits_pkey")),
    )


def _invitations() -> None:
    op.execute("""
        ALTER TABLE threads
            ADD COLUMN invitation_key uuid NOT NULL DEFAULT gen_random_uuid(),
            ADD CONSTRAINT threads_invitation_key_key UNIQUE (invitation_key)
    """)
    op.execute("""
        CREATE INDEX events_removal_index ON events (thread_id, (data->'member'->>'id'), seq)
        WHERE data->>'action' IN ('removed', 'let_in')
    """)


def _row_level_security() -> None:
    """The keys that check who a connection speaks for, and who was ever in a thread."""
    op.add_column("instance", sa.Column("inner_key", sa.LargeBinary()))
    op.add_column("instance", sa.Column("outer_key", sa.LargeBinary()))
    op.create_table(
        "participants",
        *_make_common_columns(),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["threads.id"], op.f("participants_thread_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], op.f("participants_user_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("participants_pkey")),
        sa.UniqueConstraint(
            "thread_id", "user_id", name=op.f("participants_thread_id_user_id_key")
        ),
    )
    op.create_index(op.f("participants_user_id_index"), "participants", ["user_id"])
    op.execute(
        "INSERT INTO participants (thread_id, user_id)"
        " SELECT thread_id, user_id FROM memberships"
        " UNION SELECT thread_id, user_id FROM events"
        " UNION SELECT thread_id, subject_id FROM facts"
    )
