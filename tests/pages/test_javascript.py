"""The browser's modules on their own, by node's test runner: every *.test.js in the folder ui."""

import subprocess
from pathlib import Path

import playwright

# Playwright brings a node of its own, so no other is needed.
_NODE = Path(playwright.__file__).parent / "driver" / "node"
_SECONDS = 60


def test_the_modules_do_what_their_own_tests_say() -> None:
    files = sorted((Path(__file__).parent / "ui").glob("*.test.js"))
    assert files
    ran = subprocess.run(
        [_NODE, "--test", *files], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
