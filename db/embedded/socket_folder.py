"""Where the server's socket is: in the folder of its database, or in a short one of its own."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from db.embedded.server import SOCKET, Server

# The shortest limit among systems: macOS's, without the zero at the end.
_MAX_BYTES = 103


def choose_socket_folder(server: Server) -> Path:
    """The folder of the database, unless its path is too long for a socket or odd for an address."""
    path = os.fsencode(server.data / SOCKET)
    if len(path) <= _MAX_BYTES and path.isascii() and b"," not in path:
        return server.data
    return _find_short(server) or _make_short(server)


def remove_short_folder(server: Server) -> None:
    """Remove it if it is empty. The next start makes it again, with the same name."""
    link = _get_link(server)
    if link.is_symlink():
        with suppress(OSError):
            link.readlink().rmdir()


def _find_short(server: Server) -> Path | None:
    """The one that an earlier start made, or None if it is somebody else's now."""
    link = _get_link(server)
    if not link.is_symlink():
        return None
    folder = link.readlink()
    with suppress(FileExistsError):
        folder.mkdir(0o700)
        server.user.own(folder)
    found = folder.lstat()
    return folder if stat.S_ISDIR(found.st_mode) and found.st_uid == server.user.uid else None


def _make_short(server: Server) -> Path:
    """One that only the server's user can enter. A link in home remembers it."""
    folder = Path(tempfile.mkdtemp(prefix="burn-", dir="/tmp"))
    server.user.own(folder)
    link = _get_link(server)
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    return folder


def _get_link(server: Server) -> Path:
    return server.home / "socket"
