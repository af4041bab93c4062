"""The commands, as people type them."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from burn_core.bootstrap import CANT_WORK
from db import embedded
from db.connection import begin, open_connection
from db.embedded import find_program
from db.errors import Away
from db.roles import write_sqlalchemy_url
from db.visitor import Visitor, act_as, open_visitors_engine
from tests.burn_core.test_context import ESSAY, PRODUCER, THRUFLO, make_essays_events
from tests.end_to_end.processes import ROOT, kill, make_environment, read_line, running_worker
from tests.making import Hand, wait_for


def burn(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return run_module("burn_core", *arguments, **settings)


def run_module(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=make_environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


def type_essay(hand: Hand) -> UUID:
    """The essay's thread, row by row."""
    thread_id = hand.make_thread()
    for user, role in ((THRUFLO, "owner"), (PRODUCER, "producer")):
        hand.type(
            "INSERT INTO users (id, type, name) VALUES (%s, %s, %s)", user.id, user.type, user.name
        )
        hand.join(thread_id, user.id, role)
    for event in make_essays_events():
        hand.type(
            "INSERT INTO events (id, thread_id, user_id, type, data) VALUES (%s, %s, %s, %s, %s)",
            event.id,
            thread_id,
            event.user_id,
            event.type,
            json.dumps(event.data),
        )
    return thread_id


def test_context_prints_the_essays_text_for_the_essays_rows(url: str) -> None:
    thread_id = str(type_essay(Hand(url)))
    assert burn("context", thread_id, DATABASE_URL=url).stdout == ESSAY
    earlier = burn("context", thread_id, "--at", "1", DATABASE_URL=url).stdout
    assert earlier.count("<system_message>") == 1
    assert "<user_message>" not in earlier


@pytest.mark.parametrize("command", ["context", "export"])
@pytest.mark.parametrize("thread", ["00000000-0000-4000-8000-000000000000", "nonsense"])
def test_a_thread_that_does_not_exist_is_an_error_in_words(
    url: str, command: str, thread: str
) -> None:
    done = burn(command, thread, DATABASE_URL=url)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "no such thread" in done.stderr or "invalid UUID" in done.stderr


def test_export_prints_a_thread_that_loads_elsewhere(url: str, empty_url: str) -> None:
    thread_id = str(type_essay(Hand(url)))
    exported = burn("export", thread_id, DATABASE_URL=url)
    assert (exported.returncode, exported.stderr) == (0, "")
    assert burn("migrate", DATABASE_URL=empty_url).returncode == 0
    loaded = subprocess.run(
        [find_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", empty_url],
        input=exported.stdout,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (loaded.returncode, loaded.stderr) == (0, "")
    assert burn("context", thread_id, DATABASE_URL=empty_url).stdout == ESSAY


def test_migrate_can_be_repeated_and_undoes_no_edit(empty_url: str) -> None:
    assert burn("migrate", DATABASE_URL=empty_url).returncode == 0
    hand = Hand(empty_url)
    hand.type("UPDATE users SET name = 'geraldine' WHERE name = 'jerry'")
    hand.type("DELETE FROM users WHERE name = 'frankie'")
    hand.type(
        "INSERT INTO agents (user_id, version, prompt, tools, rule)"
        " SELECT user_id, 2, 'Mine.', tools, rule FROM agents WHERE rule = 'producer'"
    )
    assert burn("migrate", DATABASE_URL=empty_url).returncode == 0
    assert hand.type("SELECT name FROM users ORDER BY name") == [("geraldine",), ("sarah",)]
    assert hand.value("SELECT count(*) FROM agents") == 3


def test_a_database_that_cannot_be_reached_is_explained() -> None:
    done = burn("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "127.0.0.1" in done.stderr


def test_db_url_prints_the_address(url: str) -> None:
    assert burn("db-url", DATABASE_URL=url).stdout == url + "\n"


def test_a_command_says_that_it_starts_a_database_and_how_that_stops(tmp_path: Path) -> None:
    with TemporaryDirectory(prefix="burn-") as home:
        done = burn("migrate", BURN_HOME=home)
        assert done.stdout == "The database is ready.\n"
        assert done.stderr == "Starting Burn's database; it stops when this command ends.\n"
        left_up = burn("db-url", BURN_HOME=home)
        url = left_up.stdout.strip()
        assert left_up.stderr.startswith("Starting Burn's database. It stays up until")
        open_connection(url).close()
        used = burn("psql", "--", "-tAc", "SELECT 1", BURN_HOME=home)
        assert (used.stdout, used.stderr) == ("1\n", "")
        with pytest.raises(Away):
            open_connection(url)


def test_a_command_that_is_told_to_end_stops_the_database_that_it_started() -> None:
    with TemporaryDirectory(prefix="burn-") as home:
        psql = subprocess.Popen(
            [sys.executable, "-m", "burn_core", "psql"],
            cwd=ROOT,
            env=make_environment(BURN_HOME=home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert psql.stdin is not None
        psql.stdin.write("SELECT 1;\n")
        psql.stdin.flush()
        read_line(psql)
        psql.terminate()
        assert psql.communicate(timeout=20)[1].count("\n") == 1
        assert not (Path(home) / "postgres" / "postmaster.pid").exists()


def test_a_database_that_cannot_start_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in ("migrate", "db-url"):
        done = burn(command, BURN_HOME=str(tmp_path / "file" / "home"))
        assert done.returncode == 1
        assert done.stderr.startswith("Burn can't use ")
        assert done.stderr.count("\n") == 1


def test_reader_url_prints_an_address_that_can_only_read(url: str) -> None:
    engine = create_engine(burn("reader-url", DATABASE_URL=url).stdout.strip())
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM agents")) == 3
        with pytest.raises(DBAPIError, match="read-only"):
            connection.execute(text("DELETE FROM facts"))
    engine.dispose()


@pytest.mark.parametrize("command", ["db-url", "reader-url"])
def test_addresses_are_printed_for_psql_and_for_sqlalchemy(url: str, command: str) -> None:
    written = {
        program: burn(command, "--for", program, DATABASE_URL=url).stdout.strip()
        for program in ("psql", "sqlalchemy")
    }
    counting = "SELECT count(*) FROM agents"
    typed = subprocess.run(
        [find_program("psql"), written["psql"], "-XAtc", counting],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert typed.stdout == "3\n"
    engine = create_engine(written["sqlalchemy"])
    with engine.connect() as connection:
        assert connection.scalar(text(counting)) == 3
    engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_an_address_may_name_sqlalchemys_driver(url: str, scheme: str) -> None:
    address = write_sqlalchemy_url(url).replace("postgresql+psycopg", scheme)
    done = burn("migrate", DATABASE_URL=address)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me:sesame@127.0.0.1/x",
        "postgresql://me:sesame%pw@127.0.0.1/x",
        "postgresql://me:sesame@127.0.0.1/x?sesame=1",
        "postgresql://me:sesame@127.0.0.1:sesame/x",
        "postgresql://me:sesame@127.0.0.1:99999/x",
        "postgresql://me:sesame@127.0.0.1:9/x",
        "postgresql://me:ses@me@127.0.0.1:9/x",
        "postgresql://me:sesame@host.invalid/x",
        "host=127.0.0.1 port=9 password=sesame user",
        "sesame",
    ],
)
def test_an_address_that_doesnt_work_is_explained_without_its_password(address: str) -> None:
    done = burn("migrate", DATABASE_URL=address)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "sesame" not in done.stderr
    assert "me@" not in done.stderr


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "which this Burn doesn't know"),
        ("DROP TABLE alembic_version", "tables of another program"),
    ],
)
def test_a_database_that_burn_cant_use_is_explained(url: str, spoil: str, words: str) -> None:
    Hand(url).type(spoil)
    for command, code in ((["burn_core", "migrate"], 1), (["agents_worker"], CANT_WORK)):
        done = run_module(*command, DATABASE_URL=url)
        assert done.returncode == code
        assert done.stdout == ""
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_role_that_may_make_no_tables_is_explained(empty_url: str) -> None:
    hand = Hand(empty_url)
    hand.type("CREATE ROLE guest_of_burn LOGIN")
    try:
        done = burn("migrate", DATABASE_URL=make_conninfo(empty_url, user="guest_of_burn"))
    finally:
        hand.type("DROP ROLE guest_of_burn")
    assert done.returncode == 1
    assert "isn't allowed to set this database up" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_database_that_can_only_be_read_is_explained(empty_url: str) -> None:
    options = "-c default_transaction_read_only=on"
    done = burn("migrate", DATABASE_URL=make_conninfo(empty_url, options=options))
    assert done.returncode == 1
    assert "can only be read" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_backup_is_restored_on_another_server(url: str, tmp_path: Path) -> None:
    hand = Hand(url)
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=["sarah", "jerry"])
    hand.say(thread_id, ada, "I have a pug")
    hand.learn(thread_id, ada, "has", "a pug", 0.9)
    browser_id = hand.sign_in(ada)
    saved = tmp_path / "burn.sql"
    saved.write_text(burn("backup", DATABASE_URL=url).stdout)
    with embedded.running(tmp_path / "home") as other_url:
        loaded = burn("psql", "--", "-q1f", str(saved), DATABASE_URL=other_url)
        assert (loaded.returncode, loaded.stderr) == (0, "")
        other = Hand(other_url)
        for table in ("users", "threads", "memberships", "events", "facts", "sessions", "agents"):
            listing = f"SELECT to_jsonb(t) - 'changed_in' FROM {table} t ORDER BY id"
            assert other.type(listing) == hand.type(listing)
        with running_worker(other_url):
            wait_for(lambda: other.value("SELECT count(*) FROM runs WHERE status = 'done'") > 0)
        engine = open_visitors_engine(other_url, other.value("SELECT cookie_key FROM instance"))
        with begin(act_as(engine, Visitor(browser_id))) as session:
            assert "pug" in session.scalars(text("SELECT object FROM facts")).all()[0]
            assert session.scalar(text("SELECT current_user")).startswith("burn_web_")
        engine.dispose()


def test_hosts_are_added_and_removed(url: str) -> None:
    hand = Hand(url)
    for name in ("ada", "bob"):
        hand.make_user(name)
    hosts = "SELECT string_agg(name, ' ' ORDER BY name) FROM users WHERE is_host"
    assert burn("host", "Bob", DATABASE_URL=url).stdout == "bob is a host.\n"
    assert burn("host", "@ada", DATABASE_URL=url).returncode == 0
    assert hand.value(hosts) == "ada bob"
    assert burn("host", "bob", "--remove", DATABASE_URL=url).stdout == "bob is no longer a host.\n"
    assert hand.value(hosts) == "ada"
    last = burn("host", "ada", "--remove", DATABASE_URL=url)
    nobody = burn("host", "sarah", DATABASE_URL=url)
    assert "only host" in last.stderr
    assert "Nobody named sarah" in nobody.stderr
    assert last.returncode == nobody.returncode == 1
    assert hand.value(hosts) == "ada"


def test_psql_opens_the_database(url: str) -> None:
    done = burn("psql", "--", "-tAc", "SELECT count(*) FROM agents", DATABASE_URL=url)
    assert done.stdout == "3\n"


def test_demo_plays_until_somebody_is_roasted(url: str) -> None:
    with running_worker(url):
        done = burn("demo", DATABASE_URL=url, BURN_PORT="8501")
    match = re.fullmatch(r"http://localhost:8501/\?thread=(\S+)&invite=\S+\n", done.stdout)
    assert match is not None, done
    hand = Hand(url)
    used = hand.list_tool_uses(UUID(match[1]))
    assert {("jerry", "roast_user"), ("frankie", "roast_user")} <= set(used)
    cited = Hand(url).type(
        "SELECT count(*), count(f.id) FROM events e"
        " CROSS JOIN jsonb_array_elements_text(e.data->'input'->'facts') AS cited(id)"
        " LEFT JOIN facts f ON f.id = cited.id::uuid AND f.thread_id = e.thread_id"
        " AND f.subject_id::text = e.data->'input'->>'subject'"
        " WHERE e.data->>'name' = 'roast_user'"
    )
    assert cited[0][0] == cited[0][1] > 0
    assert hand.value("SELECT count(*) FROM users WHERE is_host") == 0


def test_understudy_serves_alone() -> None:
    served = subprocess.Popen(
        [sys.executable, "-m", "burn_core", "understudy"],
        cwd=ROOT,
        env=make_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        match = re.search(r"http://127\.0\.0\.1:\d+", read_line(served))
        assert match is not None
        with urllib.request.urlopen(match[0], timeout=5) as answer:
            assert "understudy" in answer.read().decode().lower()
        served.terminate()
        assert served.wait(10) == 0
    finally:
        kill(served)


def test_an_agent_is_printed_edited_and_in_force_from_the_next_run_on(
    url: str, tmp_path: Path
) -> None:
    file = tmp_path / "sarah.toml"
    printed = burn("agent", "sarah", DATABASE_URL=url)
    assert printed.stdout.startswith("# sarah, version 1\n")
    file.write_text(printed.stdout.replace('"extract_facts", ', "").replace("Sarah", "Sally"))
    hand = Hand(url)
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=["sarah"])
    with running_worker(url):
        hand.say(thread_id, ada, "hi")
        wait_for(lambda: hand.type("SELECT 1 FROM runs WHERE status = 'done'"))
        added = burn("agent", "sarah", "--from", str(file), DATABASE_URL=url)
        assert added.stdout == "sarah is now in version 2, which its next run uses.\n"
        hand.say(thread_id, ada, "hi again")
        wait_for(
            lambda: hand.type(
                "SELECT 1 FROM runs r JOIN agents a ON a.id = r.agent_id"
                " WHERE r.status = 'done' AND a.version = 2 AND a.prompt LIKE '%%Sally%%'"
            )
        )
    again = burn("agent", "Sarah", "--from", str(file), DATABASE_URL=url)
    assert again.stdout == "sarah hasn't changed: version 2 stays in force.\n"
    assert burn("agent", "sarah", DATABASE_URL=url).stdout.startswith("# sarah, version 2\n")


def test_a_file_makes_a_new_agent(url: str, tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(burn("agent", "jerry", DATABASE_URL=url).stdout)
    added = burn("agent", "wanda", "--from", str(file), DATABASE_URL=url)
    assert added.stdout.startswith("wanda is a new agent.")
    assert Hand(url).value("SELECT type FROM users WHERE name = 'wanda'") == "agent"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("", None, "'' can't be an agent's name."),
        ("a\nb", None, "'a\\nb' can't be an agent's name."),
        ("nobody", None, "There is no agent nobody. The agents are: frankie, jerry, sarah."),
        ("jerry", b"rule = 'heckler'", "The file doesn't describe an agent."),
        ("jerry", b"\xff", "it isn't UTF-8 text."),
        ("jerry", b"", "The file doesn't describe an agent."),
    ],
)
def test_a_bad_file_is_refused_in_one_line(
    url: str, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    file = tmp_path / "agent.toml"
    if content is not None:
        file.write_bytes(content)
    done = burn(
        "agent", name, *([] if content is None else ["--from", str(file)]), DATABASE_URL=url
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_not_there_is_said_in_words(url: str, tmp_path: Path) -> None:
    done = burn("agent", "jerry", "--from", str(tmp_path / "none.toml"), DATABASE_URL=url)
    assert done.stderr == f"{tmp_path}/none.toml can't be read: No such file or directory.\n"
