"""The browser's modules on their own, by node's test runner: every *.test.js beside this file."""

import shutil
import subprocess
from pathlib import Path

_FOLDER = Path(__file__).parent
_SECONDS = 60


def test_the_modules_do_what_their_own_tests_say() -> None:
    node = shutil.which("node")
    assert node, "There is no node on the PATH, which runs the tests of pages/ui's JavaScript."
    files = sorted(_FOLDER.rglob("*.test.js"))
    assert files
    ran = subprocess.run(
        [node, "--test", *files], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
