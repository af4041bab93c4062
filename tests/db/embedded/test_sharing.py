"""The embedded server: it is shared, comes back when killed, and stops with the last user."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
import pytest

from db import embedded
from db.embedded import server
from tests.db.embedded.homes import count_kept, find_postmaster
from tests.end_to_end.processes import kill, read_line
from tests.making import wait_for

HOLD = """
import sys
from pathlib import Path
from db import embedded
with embedded.running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""
BUSY = "DO $$ BEGIN LOOP END LOOP; END $$"


def start_holding(home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def hold(home: Path) -> "subprocess.Popen[str]":
    """A process that uses the server until its standard input ends."""
    process = start_holding(home)
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


def kill_server(home: Path) -> psutil.Process:
    postmaster = find_postmaster(home)
    postmaster.kill()
    return postmaster


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


def test_it_survives_the_crash_of_a_user_and_the_next_user_stops_it(made_home: Path) -> None:
    victim = hold(made_home)
    url = embedded.start(made_home)
    with psycopg.connect(url, autocommit=True) as connection:
        kill(victim)
        connection.execute("INSERT INTO kept VALUES (2)")
    release(hold(made_home))
    assert not is_up(url)
    assert count_kept(made_home) == 2


def test_several_processes_can_start_it_at_once(home: Path) -> None:
    processes = [start_holding(home) for _ in range(3)]
    urls = {process.communicate(timeout=60)[0] for process in processes}
    assert len(urls) == 1
    assert not is_up(urls.pop().strip())


def test_a_killed_server_is_back_within_seconds_at_the_same_address(made_home: Path) -> None:
    with embedded.running(made_home) as url:
        kill_server(made_home)
        wait_for(lambda: is_up(url), 10)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)


def test_its_log_begins_again_once_it_is_long(made_home: Path) -> None:
    log = made_home / "postgres" / "log"
    with embedded.running(made_home):
        with log.open("ab") as file:
            file.truncate(30_000_000)
        wait_for(lambda: log.stat().st_size < 1_000_000)


def test_each_process_that_uses_it_brings_it_back(made_home: Path) -> None:
    other = hold(made_home)
    with embedded.running(made_home) as url:
        pass
    kill_server(made_home)
    wait_for(lambda: is_up(url), 10)
    release(other)
    assert not is_up(url)


def test_it_comes_back_although_a_query_of_the_killed_server_goes_on(made_home: Path) -> None:
    with embedded.running(made_home) as url, closing(psycopg.connect(url)) as connection:
        pid = connection.info.backend_pid
        connection.pgconn.send_query(BUSY.encode())
        wait_for(lambda: psutil.Process(pid).cpu_times().user > 0.05)
        kill_server(made_home)
        wait_for(lambda: is_up(url), 15)
        assert not psutil.pid_exists(pid)


def test_a_server_that_is_killed_again_and_again_comes_back(made_home: Path) -> None:
    with embedded.running(made_home) as url:
        for _ in range(3):
            wait_for(lambda: is_up(url), 10)
            kill_server(made_home)
        wait_for(lambda: is_up(url), 10)


def test_a_killed_server_that_is_still_in_the_systems_table_is_replaced(made_home: Path) -> None:
    """It stays there as long as its parent doesn't take note, and still has its pid."""
    parent = hold(made_home)
    parent.send_signal(signal.SIGSTOP)
    wait_for(lambda: psutil.Process(parent.pid).status() == psutil.STATUS_STOPPED)
    killed = kill_server(made_home)
    wait_for(lambda: killed.status() == psutil.STATUS_ZOMBIE)
    assert count_kept(made_home) == 1
    parent.send_signal(signal.SIGCONT)
    release(parent)


def test_a_server_whose_socket_was_deleted_can_be_reached_again(made_home: Path) -> None:
    with embedded.running(made_home) as url:
        (made_home / "postgres" / ".s.PGSQL.5432").unlink()
        wait_for(lambda: is_up(url), 10)


def test_a_folder_that_is_deleted_is_not_replaced_by_an_empty_one(
    made_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with embedded.running(made_home):
        (made_home / "postgres").rename(made_home / "elsewhere")
        wait_for(lambda: "was moved or deleted" in caplog.text)
        assert not (made_home / "postgres").exists()
        (made_home / "elsewhere").rename(made_home / "postgres")
    assert count_kept(made_home) == 1


def test_ctrl_c_is_not_for_the_server(made_home: Path) -> None:
    with embedded.running(made_home):
        assert os.getsid(find_postmaster(made_home).pid) != os.getsid(0)


def test_a_query_that_cant_be_stopped_doesnt_keep_it_running(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_STOP_SECONDS", 1.0)
    searching = "SELECT strpos(repeat('a', 4000000), 'b' || repeat('a', 40000))"  # takes minutes
    with embedded.running(made_home) as url:
        connection = psycopg.connect(url)
        connection.pgconn.send_query(searching.encode())
        postmaster = find_postmaster(made_home)
        wait_for(lambda: _is_searching(url))
        started = time.monotonic()
    assert time.monotonic() - started < 30
    assert postmaster is not None
    assert not postmaster.is_running()
    connection.close()


def _is_searching(url: str) -> bool:
    with psycopg.connect(url) as connection:
        asked = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%strpos%' AND state = 'active'"
        )
        return connection.execute(asked).fetchone() == (2,)


def test_a_server_that_is_stopping_is_waited_for(made_home: Path) -> None:
    url = embedded.start(made_home)
    postmaster = find_postmaster(made_home)
    with psycopg.connect(url):
        postmaster.send_signal(signal.SIGTERM)  # it waits for its clients
        wait_for(lambda: "stopping" in (made_home / "postgres" / "postmaster.pid").read_text())
        starting = start_holding(made_home)
        time.sleep(0.3)  # it would say at once that it failed
        assert starting.poll() is None
    assert read_line(starting).startswith("postgresql://")
    release(starting)
    assert not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE
