"""From whatever state its folder is in, the server starts, or says in a sentence what to do.

And it never touches a process that isn't its own.
"""

import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psutil
import psycopg
import pytest

from db import embedded
from db.embedded import data_folder, find_program, sharing, starting, system_user
from db.errors import CannotStart
from tests.db.embedded.homes import as_owner, copy_home, count_kept, find_postmaster
from tests.db.embedded.test_sharing import start_holding
from tests.end_to_end.processes import kill, make_environment
from tests.making import wait_for

START = """
import os, sys
from pathlib import Path
from threading import Event
from db import embedded
from db.errors import Away
if sys.argv[2:]:
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
try:
    with embedded.running(Path(sys.argv[1])):
        print("started")
except Away as error:
    print(error)
"""
PID_FILE = "{pid}\n{data}\n{started_at}\n5432\n{data}\n\n 1234 5678\nready   \n"


@contextmanager
def stranger(home: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that has nothing to do with the server, of the same user. It must live on."""
    process = subprocess.Popen(["sleep", "600"], **as_owner(home / "postgres"))
    try:
        yield process
        assert process.poll() is None, "the server ended a stranger"
    finally:
        process.kill()
        process.wait(10)


def write_pid_file(home: Path, pid: int, started_at: float = 1.0e9) -> None:
    data = home / "postgres"
    text = PID_FILE.format(pid=pid, data=data, started_at=int(started_at))
    for path in (data / "postmaster.pid", data / ".s.PGSQL.5432.lock"):
        path.write_text(text)
        shutil.chown(path, *os_owner(data))


def read_pid_file(home: Path) -> str:
    path = home / "postgres" / "postmaster.pid"
    return path.read_text() if path.exists() else ""


def os_owner(path: Path) -> tuple[int, int]:
    return path.stat().st_uid, path.stat().st_gid


def refuse(home: Path) -> str:
    """Why the server can't start: one sentence for people."""
    with pytest.raises(CannotStart) as caught, embedded.running(home):
        pass
    said = str(caught.value)
    assert "\n" not in said
    assert "Error" not in said
    assert said[0].isupper() or said[0] == "/"
    return said


def put_in_place(monkeypatch: pytest.MonkeyPatch, name: str, script: Path, text: str) -> None:
    """Have a script run instead of one of Postgres' programs."""
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)
    for path in script.parents:
        if path.stat().st_uid == os.geteuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o011)

    def find_scripts(asked: str) -> str:
        return str(script) if asked == name else find_program(asked)

    for module in (data_folder, starting):
        monkeypatch.setattr(module, "find_program", find_scripts)


@pytest.mark.parametrize("text", ["", "\n", "nonsense\n", "0\n", "17"])
def test_a_broken_pid_file_keeps_nothing_from_starting(made_home: Path, text: str) -> None:
    path = made_home / "postgres" / "postmaster.pid"
    path.write_text(text)
    shutil.chown(path, *os_owner(path.parent))
    assert count_kept(made_home) == 1


def test_a_pid_file_of_a_process_that_is_gone_is_stale(made_home: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait(10)
    write_pid_file(made_home, gone.pid)
    assert count_kept(made_home) == 1


def test_a_pid_that_another_process_has_now_is_stale(made_home: Path) -> None:
    with stranger(made_home) as process:
        write_pid_file(made_home, process.pid)
        assert count_kept(made_home) == 1


def test_another_server_that_has_the_pid_now_goes_on(made_home: Path, folder: Path) -> None:
    """It is a Postgres too, but another folder's."""
    other = copy_home(made_home, folder / "other")
    with embedded.running(other):
        postmaster = find_postmaster(other)
        write_pid_file(made_home, postmaster.pid)
        assert count_kept(made_home) == 1
        assert find_postmaster(other) == postmaster
        assert postmaster.is_running()


def test_a_copy_of_a_running_servers_folder_is_a_server_of_its_own(
    made_home: Path, folder: Path
) -> None:
    with embedded.running(made_home):
        postmaster = find_postmaster(made_home)
        copy = copy_home(made_home, folder / "copy")
        assert count_kept(copy) == 1
        assert postmaster.is_running()


def test_a_server_that_somebody_started_by_hand_is_left_alone(made_home: Path) -> None:
    data = made_home / "postgres"
    made_home.parent.chmod(0o711)
    by_hand = subprocess.Popen(
        [find_program("postgres"), "-D", ".", "-c", "listen_addresses=", "-k", str(data)],
        cwd=data,
        stderr=subprocess.DEVNULL,
        **as_owner(data),
    )
    try:
        wait_for(lambda: "ready" in read_pid_file(made_home), 10)
        assert f"Process {by_hand.pid} is a Postgres that Burn didn't start" in refuse(made_home)
        assert by_hand.poll() is None
        by_hand.send_signal(signal.SIGINT)
        assert by_hand.wait(10) == 0
    finally:
        by_hand.kill()
        by_hand.wait(10)
    assert count_kept(made_home) == 1


def test_a_server_whose_pid_file_is_gone_is_replaced(made_home: Path) -> None:
    embedded.start(made_home)
    before = find_postmaster(made_home)
    (made_home / "postgres" / "postmaster.pid").unlink()
    assert count_kept(made_home) == 1
    wait_for(lambda: not before.is_running() or before.status() == psutil.STATUS_ZOMBIE)


def test_a_server_of_another_container_is_noticed(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processes can't be seen, but they hold a lock."""
    monkeypatch.setattr(starting, "_LEFTOVER_SECONDS", 0.1)
    with (made_home / "server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "runs in another container" in refuse(made_home)
    assert count_kept(made_home) == 1


def test_the_lock_is_held_as_long_as_the_server_lives(made_home: Path) -> None:
    embedded.start(made_home)
    with (made_home / "server.lock").open("w") as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert count_kept(made_home) == 1
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_language_that_this_machine_does_not_know(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LANG", "LC_MESSAGES"):
        monkeypatch.setenv(name, "xx_XX.UTF-8")
    with embedded.running(home) as url, psycopg.connect(url) as connection:
        found = connection.execute("SELECT upper('ÿé'), current_setting('server_encoding')")
        assert found.fetchone() == ("ŸÉ", "UTF8")


def test_settings_for_another_postgres_do_not_count(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PGPORT": "6543",
        "PGDATA": "/nowhere",
        "PGHOST": "nowhere.invalid",
        "PGUSER": "nobody",
        "PGSERVER_POSTGRES_VERSION": "16",
    }.items():
        monkeypatch.setenv(name, value)
    assert count_kept(made_home) == 1


ODD = [
    "with space",
    "a&b",
    "it's",
    "(1)",
    "50%",
    'a"b',
    "$HOME",
    "`id`",
    "a,b",
    "é",
    "x" * 200,
    "#?@",
]


@pytest.mark.parametrize("name", ODD)
def test_a_home_can_have_any_name(made_home: Path, folder: Path, name: str) -> None:
    home = folder / name / "home"
    home.parent.mkdir()
    made_home.rename(home)
    assert count_kept(home) == 1
    with embedded.running(home) as url:
        done = subprocess.run(
            [find_program("psql"), url, "-XtAc", "SELECT count(*) FROM kept"],
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_first_start_in_a_folder_with_an_odd_name(folder: Path) -> None:
    home = folder / "a & 'b' (50%) \"c\" $d `e`; f,é"
    with embedded.running(home) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_address_stays_when_a_server_in_a_long_path_is_killed(
    made_home: Path, folder: Path
) -> None:
    home = folder / ("x" * 200) / "home"
    home.parent.mkdir()
    made_home.rename(home)
    with embedded.running(home) as url:
        folder = (home / "socket").readlink()
        assert folder.stat().st_mode & 0o777 == 0o700
        find_postmaster(home).kill()
        assert embedded.start(home) == url
    assert not folder.exists()
    with embedded.running(home) as again:
        assert again == url


def test_a_short_folder_that_is_somebody_elses_now_is_not_used(
    made_home: Path, folder: Path
) -> None:
    home = folder / ("x" * 200) / "home"
    home.parent.mkdir()
    made_home.rename(home)
    (home / "socket").symlink_to("/usr")
    if os.geteuid() != 0:
        assert os.stat("/usr").st_uid != os.geteuid()
    assert count_kept(home) == 1
    assert (home / "socket").readlink() != Path("/usr")


def test_another_user_of_the_machine_is_in_nobodys_way(
    made_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was first may have made anything in the folder for temporary files, in any name."""
    common = folder / "tmp"
    (common / ".lockfile").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", START, str(made_home)],
        env=make_environment(TMPDIR=str(common), XDG_RUNTIME_DIR=str(common)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("started\n", "")
    assert list(common.iterdir()) == [common / ".lockfile"]


def test_a_folder_of_another_user_is_refused_in_words(made_home: Path) -> None:
    """As root we become another user for this; as anybody else we take our own rights away."""
    is_root = os.geteuid() == 0
    if not is_root:
        made_home.chmod(0o000)
    done = subprocess.run(
        [sys.executable, "-c", START, str(made_home), *(["65534"] if is_root else [])],
        env=make_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    made_home.chmod(0o700)
    assert done.stderr == ""
    assert "Permission denied" in done.stdout
    assert "set BURN_HOME to a folder of your own" in done.stdout


def test_a_home_below_a_file_is_refused_in_words(folder: Path) -> None:
    (folder / "file").write_text("")
    assert f"Burn can't use {folder}/file" in refuse(folder / "file" / "home")
    assert "Burn can't use" in refuse(folder / "file")


def test_a_line_break_in_the_path_is_refused_in_words(folder: Path) -> None:
    assert "line break" in refuse(folder / "a\nb")


def test_a_full_disk_is_said(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = 'initdb: error: could not write to file "x": No space left on device'
    put_in_place(monkeypatch, "initdb", folder / "initdb", f"echo '{said}' >&2; exit 1")
    assert re.search(r"because the disk with .* is full: free some space\.$", refuse(home))


def test_a_disk_that_is_full_at_a_later_start_is_said(
    made_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
    put_in_place(monkeypatch, "postgres", folder / "pg", f"echo '{said}' >&2; exit 1")
    assert re.search(r"because the disk with .* is full: free some space\.$", refuse(made_home))


def test_a_server_that_fails_says_why(made_home: Path) -> None:
    with (made_home / "postgres" / "postgresql.conf").open("a") as file:
        file.write("\nnonsense = on\n")
    said = refuse(made_home)
    assert "configuration file" in said
    assert str(made_home / "postgres" / "log") in said


def test_a_server_that_is_killed_while_it_starts_is_started_again(
    made_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = made_home / "postgres" / "done"
    once = (
        f'test -e {done} || {{ touch {done}; kill -9 $$; }}; exec {find_program("postgres")} "$@"'
    )
    put_in_place(monkeypatch, "postgres", folder / "pg", once)
    assert count_kept(made_home) == 1
    done.unlink()


def test_a_server_that_is_always_killed_while_it_starts_is_given_up(
    made_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(monkeypatch, "postgres", folder / "pg", "kill -9 $$")
    assert "can't start" in refuse(made_home)


def test_what_it_tells_clients_is_not_why_a_server_failed(
    made_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "FATAL:  the database system is starting up\nFATAL:  could not read file"
    put_in_place(monkeypatch, "postgres", folder / "pg", f"echo '{lines}' >&2; exit 1")
    assert "Postgres says: could not read file. Its log is" in refuse(made_home)


def test_a_server_that_ends_without_a_word_is_described(
    made_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(monkeypatch, "postgres", folder / "pg", "exit 1")
    assert "Postgres says: nothing" in refuse(made_home)


def test_the_folder_of_another_version_is_left_alone(made_home: Path) -> None:
    (made_home / "postgres" / "PG_VERSION").write_text("16\n")
    assert "PostgreSQL 16, and Burn has 18" in refuse(made_home)


def test_a_folder_with_other_files_is_left_alone(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "letter.txt").write_text("Dear Ada")
    assert "isn't a database" in refuse(home)
    assert [it.name for it in (home / "postgres").iterdir()] == ["letter.txt"]


def test_a_file_in_the_folders_place_is_left_alone(home: Path) -> None:
    home.mkdir()
    (home / "postgres").write_text("Dear Ada")
    assert "isn't a database" in refuse(home)


@pytest.mark.parametrize("missing", ["global/pg_control", "base/5"])
def test_an_unfinished_database_of_an_earlier_burn_is_left_alone(
    made_home: Path, missing: str
) -> None:
    path = made_home / "postgres" / missing
    path.rename(path.with_name("elsewhere"))
    assert "unfinished or damaged" in refuse(made_home)


def test_a_folder_that_others_can_read_is_closed(made_home: Path) -> None:
    (made_home / "postgres").chmod(0o755)
    assert count_kept(made_home) == 1
    assert (made_home / "postgres").stat().st_mode & 0o777 == 0o700


def test_a_copy_that_belongs_to_whoever_copied_it_starts(made_home: Path, folder: Path) -> None:
    shutil.copytree(made_home, folder / "copy")
    assert count_kept(folder / "copy") == 1


def test_what_root_starts_in_anothers_folder_stays_the_others(made_home: Path) -> None:
    """As anybody else it only says that the folder is ours."""
    owner = os_owner(made_home / "postgres")
    os.chown(made_home, *owner)
    for name in ("starting.lock", "users.lock", "server.lock"):
        (made_home / name).unlink()
    assert count_kept(made_home) == 1
    assert {os_owner(path) for path in made_home.rglob("*")} == {owner}


def test_the_folder_can_be_a_link_to_another_disk(made_home: Path, folder: Path) -> None:
    (made_home / "postgres").rename(folder / "elsewhere")
    (made_home / "postgres").symlink_to(folder / "elsewhere")
    assert count_kept(made_home) == 1


@pytest.mark.parametrize("kills_all", [True, False])
def test_an_interrupted_first_start_is_begun_again(home: Path, kills_all: bool) -> None:
    """Whether initdb was killed too or goes on alone."""
    starting = start_holding(home)
    unfinished = home / "postgres.unfinished"
    wait_for(lambda: (unfinished / "PG_VERSION").exists(), 20)
    kill(starting)
    for process in psutil.process_iter(["cmdline"]) if kills_all else ():
        if str(unfinished) in (process.info["cmdline"] or ()):
            process.kill()
    with embedded.running(home) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not unfinished.exists()


def test_a_first_start_that_stopped_before_it_began_is_begun_again(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    with embedded.running(home):
        assert find_postmaster(home).is_running()


def test_a_slow_start_is_waited_for_and_said(
    made_home: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(starting, "_SAY_SECONDS", 0.2)
    slow = f'sleep 0.7; exec "{find_program("postgres")}" "$@"'
    put_in_place(monkeypatch, "postgres", folder / "pg", slow)
    assert count_kept(made_home) == 1
    assert caplog.text.count("still starting") in (2, 3, 4)


def test_a_start_that_never_ends_is_given_up(
    made_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "_START_SECONDS", 0.5)
    put_in_place(monkeypatch, "postgres", folder / "pg", "exec sleep 3")
    assert "hasn't started in" in refuse(made_home)


def test_a_slow_first_start_is_said(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(data_folder, "_SAY_SECONDS", 0.1)
    put_in_place(monkeypatch, "initdb", folder / "initdb", "sleep 0.5; exit 1")
    assert "initdb failed" in refuse(home)
    assert "still being made" in caplog.text


def test_a_start_that_takes_long_can_be_ended(
    made_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(monkeypatch, "postgres", folder / "pg", "exec sleep 3")
    stopping = Event()
    stopping.set()
    with (
        pytest.raises(CannotStart, match="stopping"),
        embedded.running(made_home, stopping=stopping),
    ):
        pass


def test_the_wait_for_anothers_start_can_be_ended(made_home: Path) -> None:
    stopping = Event()
    stopping.set()
    with (made_home / "starting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(CannotStart, match="stopping"),
            embedded.running(made_home, stopping=stopping),
        ):
            pass


def test_who_waits_for_anothers_start_says_so(
    made_home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sharing, "_SAY_SECONDS", 0.0)
    with (made_home / "starting.lock").open("w") as lock, ThreadPoolExecutor() as threads:
        fcntl.flock(lock, fcntl.LOCK_EX)
        counted = threads.submit(count_kept, made_home)
        wait_for(lambda: "waiting for another process" in caplog.text)
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert counted.result(20) == 1


def test_a_user_without_a_name_is_told_to_get_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    assert re.search(r"User \d+ has no name on this machine", refuse(home))


def test_root_without_a_user_for_postgres_is_told_to_add_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(system_user, "_NAME", "nobody-has-this-name")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(CannotStart, match="add one, or start Burn as an ordinary user"):
        system_user.choose_user(Path("/nowhere"))


@pytest.mark.parametrize("program", ["psql", "pg_dump"])
def test_postgres_own_programs_are_found(program: str) -> None:
    assert Path(find_program(program)).exists()
