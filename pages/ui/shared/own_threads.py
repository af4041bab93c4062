"""A person's own list of threads, as rows for the store of their tabs (burn_core/room/broadcast.py)."""

from uuid import UUID

from sqlalchemy.orm import Session

from burn_core.room.broadcast import THREAD_LIST, OwnGroup, Tables, read_revision, write_part
from burn_core.room.threads import list_threads, list_unread
from db.connection import begin_reading
from db.schema import Json
from pages.ui.shared.base_path import add_base
from pages.ui.shared.database import get_engine


def _read(session: Session, user_id: UUID) -> Tables:
    unread = list_unread(session, user_id)
    return {
        THREAD_LIST: {
            str(thread.id): {
                "order": -thread.inserted_at.timestamp(),
                "href": add_base(f"/?thread={thread.id}"),
                "name": thread.name,
                "is_open": thread.is_open,
                "is_unread": thread.id in unread,
            }
            for thread in list_threads(session, user_id)
        }
    }


OWN_THREADS = OwnGroup((THREAD_LIST,), (), _read)


def load_own_threads(user_id: UUID) -> dict[str, Json]:
    """The list as parts for the store."""
    with begin_reading(get_engine()) as session:
        tables, revision = _read(session, user_id), read_revision(session)
    return {name: write_part(rows, revision) for name, rows in tables.items()}
