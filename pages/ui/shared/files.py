"""Files that people download: only the browser for which a file was written gets it.

Streamlit keeps such a file in memory, under an address that would work for everybody. The file's
type says for which browser it is.
"""

from uuid import UUID, uuid4

from starlette.requests import HTTPConnection
from streamlit.runtime import get_instance

from burn_core.room.sessions import find_signed_in
from db.connection import begin_reading
from pages.ui.shared.base_path import remove_base
from pages.ui.shared.database import get_engine_for
from pages.ui.shared.resources import get_audience

_FOR = "; for="


def write_type(mime: str, browser_id: UUID) -> str:
    """The type of a file for that browser.

    Streamlit tells large files apart by samples of their content and by their type, so each has a
    type of its own.
    """
    return f"{mime}; id={uuid4().hex}{_FOR}{browser_id.hex}"


def may_download(request: HTTPConnection) -> bool:
    """Whether the file was written for the browser that asks, and somebody is signed in there."""
    # Not of request.url, which is made with the header Host, and so can be any.
    name = remove_base(request.scope["path"]).removeprefix("/media/")
    file = get_instance().media_file_mgr.read_file(name)
    browser_id = get_audience().read_browser_id(request)
    if file is None or browser_id is None:
        return False
    with begin_reading(get_engine_for(browser_id)) as session:
        is_signed_in = find_signed_in(session, browser_id) is not None
    return is_signed_in and file.mimetype.endswith(_FOR + browser_id.hex)
