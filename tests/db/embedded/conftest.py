"""A home with a database in it, copied for each test: making one takes seconds."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.db.embedded.homes import copy_home, make_home


@pytest.fixture(scope="session")
def _pattern_home() -> Iterator[Path]:
    with TemporaryDirectory(prefix="burn-") as folder:
        make_home(Path(folder) / "home")
        yield Path(folder) / "home"


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty one, and not pytest's: another pytest that starts meanwhile would close that one to
    a server that runs as another user.
    """
    with TemporaryDirectory(prefix="burn-") as folder:
        yield Path(folder)


@pytest.fixture
def home(folder: Path) -> Path:
    """A BURN_HOME that isn't there yet."""
    return folder / "home"


@pytest.fixture
def made_home(_pattern_home: Path, home: Path) -> Path:
    """A BURN_HOME whose server isn't running, with one row in the table kept."""
    return copy_home(_pattern_home, home)
