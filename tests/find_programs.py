"""Find pgbouncer and nginx for the tests: `make test` begins with this, after find_browser.py."""

import shutil
import sys

from tests.find_browser import install_package

NAMES = ("pgbouncer", "nginx")
MISSING = (
    "The tests need {0}, which couldn't be installed. On Debian, type: sudo apt-get install {0}"
)


def find_program(name: str) -> str | None:
    # Debian has both where only root's PATH looks.
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


def main() -> None:
    """Make sure that they are there. Exits with what to type if that can't be done."""
    for name in NAMES:
        if find_program(name):
            continue
        print(f"No {name} found: trying to install the system's package.", flush=True)
        install_package(name)
        if not find_program(name):
            sys.exit(MISSING.format(name))


if __name__ == "__main__":
    main()
