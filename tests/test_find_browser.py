"""A browser for the tests: the one that is there, or one that can be installed unasked."""

import os
import sys
from pathlib import Path

import pytest

from tests import find_browser

STARTS, FAILS = "exit 0", "exit 1"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty folder as its PATH, and no browser of Playwright's."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "executable", add(tmp_path, "python", FAILS))
    monkeypatch.setattr(find_browser, "_find_playwrights", lambda: str(tmp_path / "playwrights"))
    add(tmp_path, "env", 'shift; exec "$@"')
    return tmp_path


def add(folder: Path, name: str, script: str) -> str:
    """A program with that name, which writes its arguments into a file and does as told."""
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> {folder}/calls\n{script}\n')
    path.chmod(0o755)
    return str(path)


def list_calls(programs: Path) -> list[str]:
    return (programs / "calls").read_text().splitlines()


def make_install(path: Path) -> str:
    """A line of shell that makes a browser there."""
    return f"echo '#!/bin/sh' > {path}; /bin/chmod 755 {path}"


def test_the_browser_on_the_path_is_used_and_nothing_is_installed(programs: Path) -> None:
    browser = add(programs, "google-chrome", STARTS)
    find_browser.main()
    assert find_browser.find_browser() == browser
    assert set(list_calls(programs)) == {"google-chrome --version"}


def test_a_browser_that_does_not_start_is_passed_over(programs: Path) -> None:
    add(programs, "chromium", FAILS)
    browser = add(programs, "chromium-browser", STARTS)
    assert find_browser.find_browser() == browser


def test_the_variable_goes_before_the_path(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(programs, "chromium", STARTS)
    mine = add(programs, "mine", STARTS)
    monkeypatch.setenv("CHROMIUM", mine)
    assert find_browser.find_browser() == mine


def test_a_variable_that_names_no_browser_is_said_to(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(programs, "chromium", STARTS)
    monkeypatch.setenv("CHROMIUM", "/nowhere")
    with pytest.raises(SystemExit, match="CHROMIUM is set to /nowhere"):
        find_browser.main()


def test_playwrights_own_is_downloaded_first(programs: Path) -> None:
    browser = programs / "playwrights"
    add(programs, "python", make_install(browser))
    find_browser.main()
    assert find_browser.find_browser() == str(browser)
    assert list_calls(programs) == ["python -m playwright install --no-shell chromium"]


def test_without_that_the_systems_package_is_installed(programs: Path) -> None:
    browser = programs / "chromium"
    add(programs, "apt-get", f'[ "$1" = update ] || {{ {make_install(browser)}; }}')
    find_browser.main()
    assert find_browser.find_browser() == str(browser)
    assert list_calls(programs) == [
        "python -m playwright install --no-shell chromium",
        "env DEBIAN_FRONTEND=noninteractive apt-get update",
        "apt-get update",
        "env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium",
        "apt-get install --yes --no-install-recommends chromium",
    ]


def test_who_is_not_root_is_asked_no_password(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    add(programs, "sudo", FAILS)
    with pytest.raises(SystemExit):
        find_browser.main()
    assert all(call.startswith("sudo -n ") for call in list_calls(programs)[1:])


def test_where_nothing_can_be_installed_the_line_to_type_is_printed(programs: Path) -> None:
    with pytest.raises(SystemExit, match="type: sudo apt-get install chromium"):
        find_browser.main()
