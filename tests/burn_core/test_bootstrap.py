"""What Burn needs before it runs. Databases and workers have tests of their own."""

from pathlib import Path
from threading import enumerate as list_threads

import pytest

from burn_core.bootstrap import CANT_WORK, running_worker
from tests.making import wait_for


def test_a_worker_that_cant_work_isnt_started_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script = tmp_path / "worker.py"
    script.write_text(
        "import sys\nwith open('starts', 'a') as file:\n    file.write('.')\n"
        f"sys.exit({CANT_WORK})\n"
    )
    with running_worker(script):
        wait_for(lambda: "worker" not in [each.name for each in list_threads()])
    assert (tmp_path / "starts").read_text() == "."
    assert "no agent will speak until this is fixed" in caplog.text
