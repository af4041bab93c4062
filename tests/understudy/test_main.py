"""The understudy on the command line."""

import re
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.end_to_end.processes import kill, read_line

ROOT = Path(__file__).parent.parent.parent


def test_it_serves_alone_until_it_is_told_to_stop() -> None:
    served = subprocess.Popen(
        [sys.executable, "-m", "understudy"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        match = re.search(r"http://127\.0\.0\.1:\d+", read_line(served))
        assert match is not None
        with urllib.request.urlopen(match[0], timeout=5) as response:
            assert "understudy" in response.read().decode()
        served.terminate()
        assert served.wait(10) == 0
    finally:
        kill(served)


def test_a_port_in_use_is_explained_without_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "understudy", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert done.returncode == 1
    assert done.stderr == f"The understudy can't use port {port} on 127.0.0.1: is it taken?\n"
