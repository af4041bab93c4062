"""Every table of Burn, as rows that Python reads and writes.

Read this file for the shape of the state, and rules.sql for the rules that hold for every writer:
this app, another program, or a person in psql.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

Json = dict[str, Any]

# The words of a row, for searching: the strings in an event's data, and what a fact says.
EVENT_WORDS = "to_tsvector('simple'::regconfig, data)"
FACT_WORDS = "to_tsvector('simple'::regconfig, (predicate || ' '::text) || object)"
# When a sign-in ends that is used now and then no more.
SIGN_IN_END = "now() + '30 days'::interval"


class Xid(UserDefinedType[str]):
    """A transaction id: Postgres' xid8."""

    cache_ok = True

    def get_col_spec(self, **options: Any) -> str:
        return "xid8"


class Row(DeclarativeBase):
    """What every table has: an id, the two times, and the transaction that last changed it.

    Timestamps and serials can't tell what a reader has missed, because transactions commit in a
    different order than they start. Transaction ids can, compared with a snapshot of Postgres.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_index",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map: ClassVar = {
        str: Text,
        Json: JSONB,
        list[str]: ARRAY(Text),
        datetime: DateTime(timezone=True),
    }

    id: Mapped[UUID] = mapped_column(
        primary_key=True, server_default=func.gen_random_uuid(), sort_order=-1
    )
    inserted_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=1)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=2)
    changed_in: Mapped[str] = mapped_column(
        Xid, server_default=func.pg_current_xact_id(), sort_order=3
    )


def _belongs_to(table: str) -> ForeignKey:
    return ForeignKey(f"{table}.id", ondelete="CASCADE")


def _one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN {values}", name=column)


class User(Row):
    """A person or an agent. A host can read the whole database in SQL.

    deleted_at is when a person deleted their account (account.sql). Only the row is left, without a name.
    """

    __tablename__ = "users"
    __table_args__ = (
        _one_of("type", "human", "agent"),
        CheckConstraint("name ~ '^[a-z0-9_-]{2,16}$'", name="name"),
        Index("users_human_name_key", "name", unique=True, postgresql_where="type = 'human'"),
    )

    type: Mapped[str] = mapped_column(server_default="human")
    name: Mapped[str]
    avatar_url: Mapped[str | None]
    password_hash: Mapped[str | None]
    is_host: Mapped[bool] = mapped_column(server_default="false")
    deleted_at: Mapped[datetime | None]


class Session(Row):
    """A user that a browser has signed in as, and can sign in as again without a password.

    It is current until signed_out_at or expires_at, which moves on while it is used.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("browser_id", "user_id"),
        Index(
            "sessions_current_key",
            "browser_id",
            unique=True,
            postgresql_where="signed_out_at IS NULL",
        ),
    )

    browser_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(_belongs_to("users"), index=True)
    signed_out_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(server_default=text(SIGN_IN_END))


class Identity(Row):
    """A user as a provider of sign-ins (OpenID Connect) knows them. used_at is when the provider
    issued the last token that signed them in: an older one no longer does.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    user_id: Mapped[UUID] = mapped_column(_belongs_to("users"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    used_at: Mapped[datetime]


class Ticket(Row):
    """A tab's wish to sign its browser in. The browser exchanges the token for the cookie of
    browser_id, once; has_arrived says that it has sent that cookie back.
    """

    __tablename__ = "tickets"
    __table_args__ = (UniqueConstraint("token"), UniqueConstraint("browser_id"))

    token: Mapped[str]
    browser_id: Mapped[UUID]
    old_browser_id: Mapped[UUID | None]
    is_exchanged: Mapped[bool] = mapped_column(server_default="false")
    has_arrived: Mapped[bool] = mapped_column(server_default="false")


class Instance(Row):
    """The one row of this instance: the key that signs its cookies, and the two keys made from it
    with which Postgres checks who a connection speaks for (visitor.py).
    """

    __tablename__ = "instance"
    __table_args__ = (Index("instance_one_row_key", text("(true)"), unique=True),)

    cookie_key: Mapped[str]
    inner_key: Mapped[bytes | None]
    outer_key: Mapped[bytes | None]


class Limit(Row):
    """How much somebody has done of something that is limited (burn_core/room/limits.py).

    The id is a keyed hash of what and of whom, which is a name, a person, a browser or an address.
    """

    __tablename__ = "limits"

    what: Mapped[str]
    free_at: Mapped[datetime]


class Thread(Row):
    """A conversation. last_seq is the seq of its newest event.

    Anyone with the invitation_key can join. Anyone with the spectator_key can read along: it is NULL
    unless the owner shares the thread. forgotten_at is when somebody last had words in it forgotten.
    """

    __tablename__ = "threads"
    __table_args__ = (
        _one_of("status", "started", "cancelled", "completed"),
        UniqueConstraint("spectator_key"),
        UniqueConstraint("invitation_key"),
    )

    name: Mapped[str] = mapped_column(server_default="Untitled thread")
    status: Mapped[str] = mapped_column(server_default="started")
    last_seq: Mapped[int] = mapped_column(server_default="0")
    spectator_key: Mapped[UUID | None]
    invitation_key: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    forgotten_at: Mapped[datetime | None]


class Membership(Row):
    """A user in a thread, and how far they have read.

    For an agent, due_since says since when it has had something to look at; before wakes_at, nobody
    claims it; failures is how many of its runs have failed in a row; and waits_for is the setting of
    a cap that it has met, such as BURN_THREAD_CALLS_PER_HOUR=600. For a person, tapped_out_at says since
    when agents must leave them alone.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("thread_id", "user_id"),
        _one_of("role", "owner", "member", "producer", "comedian"),
        CheckConstraint("due_since IS NULL OR role IN ('producer', 'comedian')", name="due_since"),
        CheckConstraint(
            "tapped_out_at IS NULL OR role IN ('owner', 'member')", name="tapped_out_at"
        ),
        Index("memberships_due_index", "due_since", postgresql_where="due_since IS NOT NULL"),
    )

    thread_id: Mapped[UUID] = mapped_column(_belongs_to("threads"))
    user_id: Mapped[UUID] = mapped_column(_belongs_to("users"), index=True)
    role: Mapped[str] = mapped_column(server_default="member")
    last_seen_seq: Mapped[int] = mapped_column(server_default="0")
    due_since: Mapped[datetime | None]
    wakes_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    waits_for: Mapped[str | None]
    tapped_out_at: Mapped[datetime | None]
    joined_in: Mapped[str] = mapped_column(Xid, server_default=func.pg_current_xact_id())


class Participant(Row):
    """Somebody who is or was in a thread. Its members go on seeing their name."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("thread_id", "user_id"),)

    thread_id: Mapped[UUID] = mapped_column(_belongs_to("threads"))
    user_id: Mapped[UUID] = mapped_column(_belongs_to("users"), index=True)


class Visit(Row):
    """A browser tab that shows a thread right now. web names the process that serves it."""

    __tablename__ = "visits"

    thread_id: Mapped[UUID] = mapped_column(_belongs_to("threads"), index=True)
    user_id: Mapped[UUID] = mapped_column(_belongs_to("users"), index=True)
    web: Mapped[str]


class Event(Row):
    """A thing that happened in a thread, and its place in it.

    Append-only, except that people can have words about them forgotten (own_facts.sql): data keeps its
    shape, its texts are empty, and forgotten says when, by whom and why.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("thread_id", "seq"),
        Index(None, "changed_in"),
        Index(None, "inserted_at", "id"),
        Index(None, "type", "inserted_at"),
        Index(None, "user_id", "inserted_at"),
        Index(
            "events_tool_index",
            text("(data->>'name')"),
            "inserted_at",
            postgresql_where="type = 'tool_use'",
        ),
        Index(
            "events_removal_index",
            "thread_id",
            text("((data -> 'member') ->> 'id')"),
            "seq",
            postgresql_where="data->>'action' IN ('removed', 'let_in')",
        ),
        Index("events_words_index", text(EVENT_WORDS), postgresql_using="gin"),
        _one_of("type", "system", "text", "tool_use", "tool_result"),
        CheckConstraint(
            """CASE type
                WHEN 'system' THEN jsonb_typeof(data->'action') = 'string'
                WHEN 'text' THEN jsonb_typeof(data->'text') = 'string'
                WHEN 'tool_use' THEN data ?& '{id,name,input}'
                    AND data->>'name' ~ '^[A-Za-z0-9_-]{1,64}$'
                    AND jsonb_typeof(data->'input') = 'object'
                WHEN 'tool_result' THEN data ?& '{tool_use_id,tool_name,content,is_error}'
                    AND data->>'tool_name' ~ '^[A-Za-z0-9_-]{1,64}$'
            END IS TRUE""",
            name="data",
        ),
    )

    thread_id: Mapped[UUID] = mapped_column(_belongs_to("threads"))
    user_id: Mapped[UUID] = mapped_column(_belongs_to("users"))
    type: Mapped[str]
    data: Mapped[Json]
    seq: Mapped[int] = mapped_column(server_default="0")


class Fact(Row):
    """What was learned about someone, the event it came from, and the tool use that noted it.

    hearsay is from somebody else's words. A fact is in force until a newer one supersedes it or its
    subject forgets it: then forgotten_at says when, and the row has no words.
    """

    __tablename__ = "facts"
    __table_args__ = (
        CheckConstraint("0 < confidence AND confidence <= 1", name="confidence"),
        Index(None, "thread_id", "subject_id"),
        Index(None, "thread_id", "inserted_at"),
        Index(None, "changed_in"),
        Index(None, "inserted_at", "id"),
        Index(None, "subject_id", "inserted_at"),
        Index(None, "category", "inserted_at"),
        Index(None, "predicate", "inserted_at"),
        Index(None, "confidence", "inserted_at"),
        Index("facts_disputed_index", "inserted_at", postgresql_where="disputed"),
        # Without its condition, Postgres would look here for the facts in force, which are nearly all.
        Index(
            "facts_superseded_by_id_index",
            "superseded_by_id",
            postgresql_where="superseded_by_id IS NOT NULL",
        ),
        Index("facts_words_index", text(FACT_WORDS), postgresql_using="gin"),
    )

    thread_id: Mapped[UUID] = mapped_column(_belongs_to("threads"))
    subject_id: Mapped[UUID] = mapped_column(_belongs_to("users"))
    source_event_id: Mapped[UUID | None] = mapped_column(_belongs_to("events"), index=True)
    tool_use_event_id: Mapped[UUID | None] = mapped_column(_belongs_to("events"), index=True)
    predicate: Mapped[str]
    object: Mapped[str]
    category: Mapped[str] = mapped_column(server_default="other")
    confidence: Mapped[Decimal] = mapped_column(Numeric(3, 2), server_default="0.8")
    disputed: Mapped[bool] = mapped_column(server_default="false")
    hearsay: Mapped[bool] = mapped_column(server_default="false")
    confirmed_at: Mapped[datetime | None]
    superseded_by_id: Mapped[UUID | None] = mapped_column(
        # An export has the older fact first.
        ForeignKey("facts.id", ondelete="SET NULL", deferrable=True, initially="DEFERRED"),
    )
    forgotten_at: Mapped[datetime | None]


class Agent(Row):
    """Who an agent is. Append-only: an edit is a new version, and the highest is in force."""

    __tablename__ = "agents"
    __table_args__ = (
        UniqueConstraint("user_id", "version"),
        CheckConstraint("jsonb_typeof(rule_args) = 'object'", name="rule_args"),
    )

    user_id: Mapped[UUID] = mapped_column(_belongs_to("users"))
    version: Mapped[int] = mapped_column(server_default="1")
    prompt: Mapped[str]
    tools: Mapped[list[str]]
    rule: Mapped[str]
    rule_args: Mapped[Json] = mapped_column(server_default="{}")
    model: Mapped[str | None]


class Run(Row):
    """One go of one agent at the events from_seq..to_seq (inclusive) of one thread.

    It is charged to the person who wrote the newest text that it considered or, while nobody has
    written, who last did anything. forgotten_at is since when its prompt can't be made again, because
    somebody had words of it forgotten.
    """

    __tablename__ = "runs"
    __table_args__ = (
        _one_of("status", "running", "done", "silent", "failed", "expired"),
        CheckConstraint("0 < from_seq AND from_seq <= to_seq", name="seqs"),
        Index("runs_thread_id_user_id_to_seq_index", "thread_id", "user_id", "to_seq"),
        Index(
            "runs_running_key",
            "thread_id",
            "user_id",
            unique=True,
            postgresql_where="status = 'running'",
        ),
    )

    thread_id: Mapped[UUID] = mapped_column(_belongs_to("threads"))
    user_id: Mapped[UUID] = mapped_column(_belongs_to("users"), index=True)
    agent_id: Mapped[UUID] = mapped_column(_belongs_to("agents"), index=True)
    from_seq: Mapped[int]
    to_seq: Mapped[int]
    status: Mapped[str]
    reason: Mapped[str]
    reason_data: Mapped[Json] = mapped_column(server_default="{}")
    attempts: Mapped[int] = mapped_column(server_default="0")
    lease_expires_at: Mapped[datetime | None]
    worker: Mapped[str | None]
    model: Mapped[str | None]
    charged_to: Mapped[UUID | None]
    prompt_sha256: Mapped[str | None]
    tool_use_event_id: Mapped[UUID | None] = mapped_column(_belongs_to("events"), index=True)
    error: Mapped[str | None]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cache_creation_input_tokens: Mapped[int | None]
    cache_read_input_tokens: Mapped[int | None]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]


class Circuit(Row):
    """A model's endpoint that has failed, and hasn't answered since. It is a row only for so long.

    From opened_at on, agents that would ask it stay due. From probe_at on, one of them is let through,
    unless the run probe_id still runs. endpoint is a fingerprint of the settings that lead there;
    is_default says that agents which name no model are asked from it.
    """

    __tablename__ = "circuits"
    __table_args__ = (UniqueConstraint("endpoint", "model"),)

    endpoint: Mapped[str]
    model: Mapped[str]
    is_default: Mapped[bool] = mapped_column(server_default="false")
    failures: Mapped[int] = mapped_column(server_default="1")
    opened_at: Mapped[datetime | None]
    probe_at: Mapped[datetime | None]
    probe_id: Mapped[UUID | None]


class Spending(Row):
    """The model calls and tokens of an hour (of UTC), of one thread's runs or charged to one person.

    They count on when the thread or the person is deleted. Each has several rows for an hour, so that
    runs which end at the same moment don't wait for each other.
    """

    __tablename__ = "spending"
    __table_args__ = (
        UniqueConstraint("whose", "whose_id", "hour", "shard"),
        _one_of("whose", "thread", "person"),
        Index(None, "hour"),
    )

    whose: Mapped[str]
    whose_id: Mapped[UUID]
    hour: Mapped[datetime]
    shard: Mapped[int] = mapped_column(server_default="0")
    calls: Mapped[int] = mapped_column(BigInteger)
    tokens: Mapped[int] = mapped_column(BigInteger)


class Deletion(Row):
    """The trace of a deleted row of threads, memberships, events or facts.

    user_id is set for memberships only: whose it was.
    """

    __tablename__ = "deletions"
    __table_args__ = (Index(None, "changed_in"), Index(None, "inserted_at"))

    table_name: Mapped[str]
    row_id: Mapped[UUID]
    thread_id: Mapped[UUID] = mapped_column(index=True)
    user_id: Mapped[UUID | None] = mapped_column(index=True)
