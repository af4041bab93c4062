"""The components' scripts. What several of them use stands before each, as modules can't share files."""

from pathlib import Path

UI = Path(__file__).parent.parent


def read_scripts(*names: str) -> str:
    """The files, such as shared/time.js, as one module."""
    return "\n".join((UI / name).read_text() for name in names)
