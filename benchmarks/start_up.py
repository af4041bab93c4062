"""How long Burn takes to serve its first page, and why: python -m benchmarks.start_up."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measures import ROOT, find_port, is_served

_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)$")


def start(home: str) -> float:
    """Seconds until `streamlit run app.py` serves the page. Then stops it."""
    port = find_port()
    started = time.monotonic()
    app = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=ROOT,
        env=os.environ | {"BURN_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not is_served(f"http://127.0.0.1:{port}/"):
            assert time.monotonic() - started < 60
            time.sleep(0.02)
        return time.monotonic() - started
    finally:
        app.send_signal(signal.SIGTERM)
        app.wait(20)


def list_imports() -> list[tuple[float, str]]:
    """The slowest imports of app.py, in seconds, each including its own imports."""
    finished = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import app"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [match for line in finished.stderr.splitlines() if (match := _IMPORT.match(line))]
    return sorted(((int(m[2]) / 1e6, m[3]) for m in found if "." not in m[3]), reverse=True)[:8]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="burn-bench-") as home:
        path = str(Path(home) / "home")
        print("| start | first (makes the database) | second | third |\n|---|---|---|---|")
        print(f"| s to a served page | {' | '.join(f'{start(path):.2f}' for _ in range(3))} |")
    print("\nOf that, imports take:\n")
    for seconds, name in list_imports():
        print(f"- {name}: {seconds:.2f} s")


if __name__ == "__main__":
    main()
