"""Download a whole thread as a SQL file, for its members."""

from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from burn_core.errors import NotAllowed
from burn_core.explore.downloads import MOST_MEGABYTES, limit_bytes
from burn_core.explore.export import export_thread
from burn_core.room.memberships import find_member
from pages.ui.shared.download import draw_file
from pages.ui.shared.visitor import get_visitor


def draw_export(thread_id: UUID) -> None:
    draw_file(
        "Download as SQL",
        partial(write_export, thread_id, get_visitor().id),
        f"thread-{thread_id}.sql",
        "application/sql",
        key="export",
        icon=":material/download:",
        type="tertiary",
        help="All of this thread's rows, ready to load into another Burn database, if they have at most "
        f"{MOST_MEGABYTES} MB",
    )


def write_export(thread_id: UUID, visitor_id: UUID, session: Session) -> bytes:
    """The file. Raises NotAllowed unless the visitor is a member when it is called, and TooLarge."""
    if find_member(session, thread_id, visitor_id) is None:
        raise NotAllowed("Only members of this thread can download it.")
    lines = (f"{line}\n".encode() for line in export_thread(session, thread_id))
    limited = limit_bytes(lines, len)
    return b"".join(limited)
