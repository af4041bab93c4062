"""Find a browser for the tests: `make test` begins with this.

If there is none, it is installed where that needs no answer from anybody, and otherwise the one
line to type is printed.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "The tests need a browser, and none could be installed. On Debian, type:"
    " sudo apt-get install chromium"
)
BAD_PATH = "CHROMIUM is set to {}, but no browser starts there."


def find_browser() -> str | None:
    """The path of a browser that starts: CHROMIUM's if that is set, else the first one found."""
    return next((path for path in _list_browsers() if _starts(path)), None)


def main() -> None:
    """Make sure that there is a browser. Exits with what to type if that can't be done."""
    if find_browser():
        return
    if named := os.environ.get("CHROMIUM"):
        sys.exit(BAD_PATH.format(named))
    for install in (_download_browser, _install_browser):
        install()
        if find_browser():
            return
    sys.exit(MISSING)


def _list_browsers() -> Iterator[str]:
    if named := os.environ.get("CHROMIUM"):
        yield named
        return
    yield from filter(None, map(shutil.which, NAMES))
    yield _find_playwrights()


def _find_playwrights() -> str:
    """Where Playwright puts the browser that it downloads, whether or not it has."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _starts(path: str) -> bool:
    # A downloaded browser may lack libraries, and Ubuntu's chromium-browser may be an empty shell.
    return _run(path, "--version", seconds=30)


def _download_browser() -> None:
    print("No browser found: trying to download Playwright's.", flush=True)
    os.environ.setdefault("PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT", "5000")  # ms, for each try
    _run(sys.executable, "-m", "playwright", "install", "--no-shell", "chromium")


def _install_browser() -> None:
    print("No browser downloaded: trying to install the system's package.", flush=True)
    install_package("chromium")


def install_package(name: str) -> None:
    """Install a package of Debian's, if that needs no password."""
    as_root = () if os.geteuid() == 0 else ("sudo", "-n")
    for arguments in ("update", f"install --yes --no-install-recommends {name}"):
        _run(*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments.split())


def _run(*command: str, seconds: float = 900) -> bool:
    """Whether the command can be run and succeeds. It is asked nothing, and its output is lost."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
