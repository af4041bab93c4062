"""Failed runs hand their events back after a pause, circuits for models that can't be reached, and caps
on model calls and tokens.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_XID = sa.text("pg_current_xact_id()")
_NOW = sa.text("now()")


class _Xid(UserDefinedType[str]):
    def get_col_spec(self, **options: object) -> str:
        return "xid8"


def upgrade() -> None:
    """The triggers are loaded after every revision (db/migrate.py)."""
    _pauses()
    _circuits()
    _caps()


def _pauses() -> None:
    op.execute("""
        ALTER TABLE memberships
            ADD COLUMN wakes_at timestamptz,
            ADD COLUMN failures integer NOT NULL DEFAULT 0
    """)


def _circuits() -> None:
    op.create_table(
        "circuits",
        *_make_common_columns(),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="1", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("probe_at", sa.DateTime(timezone=True)),
        sa.Column("probe_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("circuits_pkey")),
        sa.UniqueConstraint("endpoint", "model", name=op.f("circuits_endpoint_model_key")),
    )


def _caps() -> None:
    op.execute("ALTER TABLE memberships ADD COLUMN waits_for text")
    op.execute("ALTER TABLE runs ADD COLUMN charged_to uuid")
    op.create_table(
        "spending",
        *_make_common_columns(),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("whose_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shard", sa.Integer(), server_default="0", nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("whose IN ('thread', 'person')", name=op.f("spending_whose_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("spending_pkey")),
        sa.UniqueConstraint(
            "whose_id", "hour", "shard", name=op.f("spending_whose_id_hour_shard_key")
        ),
    )
    op.create_index(op.f("spending_hour_index"), "spending", ["hour"])


def _make_common_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("changed_in", _Xid(), server_default=_XID, nullable=False),
    ]
