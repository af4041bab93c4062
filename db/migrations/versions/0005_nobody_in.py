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
    pass


def _limits() -> None:
    op.create_table(
        "limits",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("changed_in", _Xid(), server_default=_XID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("limits_pkey")),
    )


def _invitations() -> None:
    pass


def _row_level_security() -> None:
    pass
