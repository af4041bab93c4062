"""The commands, as people type them."""

import json
import re
import subprocess
import sys
import urllib.request
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from db.embedded import find_program
from tests.burn_core.test_context import ESSAY, PRODUCER, THRUFLO, make_essays_events
from tests.end_to_end.processes import ROOT, kill, make_environment, read_line, running_worker
from tests.making import Hand


def burn(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "burn_core", *arguments],
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
    assert "doesn't exist" in done.stderr or "invalid UUID" in done.stderr


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


def test_reader_url_prints_an_address_that_can_only_read(url: str) -> None:
    engine = create_engine(burn("reader-url", DATABASE_URL=url).stdout.strip())
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM agents")) == 3
        with pytest.raises(DBAPIError, match="read-only"):
            connection.execute(text("DELETE FROM facts"))
    engine.dispose()


def test_hosts_are_named_and_unnamed(url: str) -> None:
    hand = Hand(url)
    for name in ("ada", "bob"):
        hand.make_user(name)
    hosts = "SELECT string_agg(name, ' ' ORDER BY name) FROM users WHERE is_host"
    assert burn("host", "Bob", DATABASE_URL=url).stdout == "bob is a host.\n"
    assert burn("host", "@ada", DATABASE_URL=url).returncode == 0
    assert hand.value(hosts) == "ada bob"
    assert burn("host", "bob", "--remove", DATABASE_URL=url).stdout == "bob is no host any more.\n"
    assert hand.value(hosts) == "ada"
    last = burn("host", "ada", "--remove", DATABASE_URL=url)
    nobody = burn("host", "sarah", DATABASE_URL=url)
    assert "only host" in last.stderr
    assert "Nobody of the name sarah" in nobody.stderr
    assert last.returncode == nobody.returncode == 1
    assert hand.value(hosts) == "ada"


def test_psql_opens_the_database(url: str) -> None:
    done = burn("psql", "--", "-tAc", "SELECT count(*) FROM agents", DATABASE_URL=url)
    assert done.stdout == "3\n"


def test_demo_plays_until_somebody_is_roasted(url: str) -> None:
    with running_worker(url):
        done = burn("demo", DATABASE_URL=url, BURN_PORT="8501")
    match = re.fullmatch(r"http://localhost:8501/\?thread=(\S+)\n", done.stdout)
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
