"""Rows that can be searched, sorted and followed; and a host."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = (
    *("users", "sessions", "instance", "threads", "memberships"),
    *("visits", "events", "facts", "agents", "runs"),
)
_XID = sa.text("pg_current_xact_id()")
_NOW = sa.text("now()")
# As schema.py had them then: a revision does the same for ever.
_EVENT_WORDS = sa.text("to_tsvector('simple'::regconfig, data)")
_FACT_WORDS = sa.text("to_tsvector('simple'::regconfig, (predicate || ' '::text) || object)")


class _Xid(UserDefinedType[str]):
    def get_col_spec(self, **options: object) -> str:
        return "xid8"


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("changed_in", _Xid(), server_default=_XID, nullable=False))
    op.add_column(
        "memberships", sa.Column("joined_in", _Xid(), server_default=_XID, nullable=False)
    )
    op.add_column(
        "users", sa.Column("is_host", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    # Who came first is the host of an instance that was there before there were hosts.
    op.execute(
        "UPDATE users SET is_host = true WHERE id = (SELECT id FROM users"
        " WHERE type = 'human' ORDER BY inserted_at LIMIT 1)"
    )
    op.create_table(
        "deletions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("inserted_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=_NOW, nullable=False),
        sa.Column("changed_in", _Xid(), server_default=_XID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("deletions_pkey")),
    )
    for column in ("changed_in", "inserted_at", "thread_id", "user_id"):
        op.create_index(op.f(f"deletions_{column}_index"), "deletions", [column])
    _make_indexes("facts", "subject_id", "category", "predicate", "confidence")
    _make_indexes("events", "user_id", "type")
    op.drop_index(op.f("facts_subject_id_index"), "facts")
    op.drop_index(op.f("events_user_id_index"), "events")
    op.create_index(
        "facts_disputed_index", "facts", ["inserted_at"], postgresql_where=sa.text("disputed")
    )
    op.create_index(
        "events_tool_index",
        "events",
        [sa.text("(data->>'name')"), "inserted_at"],
        postgresql_where=sa.text("type = 'tool_use'"),
    )
    op.create_index("facts_words_index", "facts", [_FACT_WORDS], postgresql_using="gin")
    op.create_index("events_words_index", "events", [_EVENT_WORDS], postgresql_using="gin")


def _make_indexes(table: str, *columns: str) -> None:
    """For pages of what has one value, newest first; for all, and for followers."""
    for column in columns:
        op.create_index(op.f(f"{table}_{column}_inserted_at_index"), table, [column, "inserted_at"])
    op.create_index(op.f(f"{table}_inserted_at_id_index"), table, ["inserted_at", "id"])
    op.create_index(op.f(f"{table}_changed_in_index"), table, ["changed_in"])
