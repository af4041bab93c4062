"""Download a whole thread as a SQL file, for its members."""

from functools import partial
from uuid import UUID

from burn_core.errors import NotAllowed
from burn_core.explore.export import export_thread
from burn_core.room.access import find_viewer
from burn_core.room.limits import FILES
from db.connection import begin_reading
from pages.ui.shared.database import get_engine_for
from pages.ui.shared.download import draw_file
from pages.ui.shared.resources import get_rate_limits


def draw_export(thread_id: UUID) -> None:
    draw_file(
        "Download as SQL",
        partial(write_export, thread_id),
        f"thread-{thread_id}.sql",
        "application/sql",
        key="export",
        icon=":material/download:",
        type="tertiary",
        help="All of this thread's rows, ready to load into another Burn database",
    )


def write_export(thread_id: UUID, browser_id: UUID) -> bytes:
    """The file. Raises TooFast, and NotAllowed unless the browser belongs to a member when it is
    called.
    """
    with begin_reading(get_engine_for(browser_id)) as session:
        viewer = find_viewer(session, thread_id, browser_id, None)
        if viewer is None:
            raise NotAllowed("Only members of this thread can download it.")
        get_rate_limits().check((FILES, viewer.user_id))
        return "".join(f"{line}\n" for line in export_thread(session, thread_id)).encode()
