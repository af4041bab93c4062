"""The user that Postgres runs as: ours or, since it refuses root, the owner of its folder."""

import logging
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.errors import CannotStart

_log = logging.getLogger(__name__)
_NAME = "pgserver"
_PASS = stat.S_IXGRP | stat.S_IXOTH
_READ = stat.S_IRGRP | stat.S_IROTH


@dataclass(frozen=True, slots=True)
class SystemUser:
    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        """With these, subprocess runs a program as this user."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def has_name(self) -> bool:
        try:
            return bool(pwd.getpwuid(self.uid).pw_name)
        except KeyError:
            return False

    def own(self, path: Path) -> None:
        """If we are root, give the user this file or folder, and all in it.

        Files that have a second name may be somebody else's under that, and stay as they are.
        """
        if self.uid == os.geteuid():
            return
        for each in _walk(path):
            with suppress(FileNotFoundError):
                found = each.lstat()
                is_theirs_alone = stat.S_ISDIR(found.st_mode) or found.st_nlink == 1
                if found.st_uid != self.uid and is_theirs_alone:
                    os.chown(each, self.uid, self.gid, follow_symlinks=False)


def choose_user(data: Path) -> SystemUser:
    """Who runs the server of this folder, which need not exist yet. Raises CannotStart."""
    if os.geteuid() != 0:
        return SystemUser(os.geteuid(), os.getegid())
    with suppress(FileNotFoundError, NotADirectoryError):
        owner = data.stat()
        if owner.st_uid != 0:
            return SystemUser(owner.st_uid, owner.st_gid)
    entry = _find_or_add()
    return SystemUser(entry.pw_uid, entry.pw_gid)


def let_in(user: SystemUser, data: Path, installation: Path) -> None:
    """Let the user reach their folder and Postgres' programs, which root may have to itself."""
    if user.uid == os.geteuid():
        return
    for path in [*data.parents, *installation.parents]:
        _allow(path, _PASS)
    for path in _walk(installation):
        is_program = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        _allow(path, _READ | (_PASS if is_program else 0))


def _allow(path: Path, bits: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & bits != bits:
        _log.info("other users can now open %s: Postgres doesn't run as root", path)
        path.chmod(mode | bits)


def _walk(path: Path) -> Iterator[Path]:
    yield path
    for folder, folders, files in os.walk(path):
        yield from (Path(folder) / name for name in folders + files)


def _find_or_add() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_NAME)
    except KeyError:
        pass
    try:
        subprocess.run(["useradd", _NAME], check=True, capture_output=True, timeout=30)
        return pwd.getpwnam(_NAME)
    except (OSError, subprocess.SubprocessError, KeyError) as error:
        raise CannotStart(
            f"Postgres doesn't run as root, and a user {_NAME} for it couldn't be added:"
            " add one, or start Burn as an ordinary user."
        ) from error
