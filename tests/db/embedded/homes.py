"""Folders with an embedded server, in the states that crashes and people leave them in."""

import os
import subprocess
from pathlib import Path
from typing import Any

import psutil
import psycopg

from db import embedded


def make_home(home: Path) -> None:
    """One with a row in a table."""
    with embedded.running(home) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS id")


def copy_home(home: Path, copy: Path) -> Path:
    subprocess.run(["cp", "-a", home, copy], check=True, timeout=60)
    return copy


def count_kept(home: Path) -> int:
    """The number of rows in the table, which says that the server starts and has its data."""
    with embedded.running(home) as url, psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def find_postmaster(home: Path) -> psutil.Process:
    text = (home / "postgres" / "postmaster.pid").read_text()
    return psutil.Process(int(text.split("\n")[0]))


def as_owner(path: Path) -> dict[str, Any]:
    """With these, subprocess runs a program as the user that the path belongs to."""
    owner = path.stat()
    return {} if owner.st_uid == os.geteuid() else {"user": owner.st_uid, "group": owner.st_gid}
