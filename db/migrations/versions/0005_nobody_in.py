"""Sign-ins that expire, invitations with keys, limits, and row-level security."""

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
    pass


def _row_level_security() -> None:
    pass
