"""The embedded server: it is shared, survives a crash of one user, and stops with the last one."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from db import embedded
from tests.end_to_end.processes import kill, read_line

HOLD = """
import sys
from pathlib import Path
from db import embedded
with embedded.running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def hold(home: Path) -> "subprocess.Popen[str]":
    """A process that uses the server until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert read_line(process).startswith("postgresql://")
    return process


def release(process: "subprocess.Popen[str]") -> None:
    process.communicate(timeout=30)


def is_up(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_it_runs_until_the_last_user_leaves(home: Path) -> None:
    with embedded.running(home) as url:
        other = hold(home)
        assert is_up(url)
        release(other)
        assert is_up(url)
        other = hold(home)
    assert is_up(url)
    release(other)
    assert not is_up(url)


def test_it_survives_the_crash_of_a_user_and_the_next_user_stops_it(home: Path) -> None:
    victim = hold(home)
    url = embedded.start(home)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        kill(victim)
        connection.execute("INSERT INTO kept VALUES (1)")
    release(hold(home))
    assert not is_up(url)
    with embedded.running(home) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (1,)


def test_two_processes_can_start_it_at_once(home: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    urls = {process.communicate(timeout=60)[0] for process in processes}
    assert len(urls) == 1
    assert not is_up(urls.pop().decode().strip())


@pytest.mark.parametrize("program", ["psql", "pg_dump"])
def test_postgres_own_programs_are_found(program: str) -> None:
    assert Path(embedded.find_program(program)).exists()
