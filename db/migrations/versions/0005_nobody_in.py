"""Sign-ins that expire, invitations with keys, limits, and row-level security."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The triggers are loaded after every revision (db/migrate.py)."""
    _sign_ins()
    _limits()
    _invitations()
    _row_level_security()


def _sign_ins() -> None:
    pass


def _limits() -> None:
    pass


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
    pass
