"""Behind pgbouncer in transaction mode, where each transaction may have another process of Postgres."""

import os
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text

from burn_core.console.console import Console
from burn_core.room.access import Audience
from burn_core.room.cookies import Cookies
from burn_core.room.live import Live
from db.connection import begin, open_connection, open_engine
from db.roles import Part, derive_role
from db.visitor import Visitor, act_as, open_visitors_engine
from tests.end_to_end.processes import running_worker
from tests.find_programs import MISSING, find_program
from tests.making import Hand, wait_for

SETTINGS = """
[databases]
* = host={server}
[pgbouncer]
unix_socket_dir = {folder}
listen_addr =
listen_port = 6432
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 4
server_round_robin = 1
ignore_startup_parameters = extra_float_digits
"""


@pytest.fixture
def pooled_url(url: str, cookie_key: str) -> Iterator[str]:
    """The database's address through a pooler, which knows Burn's roles."""
    server = Path(str(conninfo_to_dict(url)["host"]))
    owner = server.stat()
    program = find_program("pgbouncer")
    assert program, MISSING.format("pgbouncer")
    with TemporaryDirectory(prefix="burn-") as name:
        folder = Path(name)
        roles = [derive_role(cookie_key, part).name for part in Part]
        (folder / "users").write_text("".join(f'"{it}" ""\n' for it in ["postgres", *roles]))
        (folder / "settings").write_text(SETTINGS.format(server=server, folder=folder))
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid)
        pooler = subprocess.Popen(
            [program, "--quiet", folder / "settings"],
            user=owner.st_uid,  # only Postgres's own user can open its folder, and root
        )
        try:
            address = str(folder / ".s.PGSQL.6432")
            wait_for(lambda: _answers(address))
            yield make_conninfo(url, host=name, port=6432)
        finally:
            pooler.kill()
            pooler.wait(10)


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(address) == 0


@pytest.fixture
def people(hand: Hand) -> dict[UUID, str]:
    """Two people's browsers, and what each has said where nobody else is."""
    said = {}
    for name in ("ada", "bob"):
        person = hand.make_user(name)
        hand.say(hand.make_thread(person), person, f"{name}'s secret")
        said[hand.sign_in(person)] = f"{name}'s secret"
    return said


SAID = "SELECT data->>'text' FROM events WHERE type = 'text'"


def test_everybody_sees_what_is_theirs(
    pooled_url: str, cookie_key: str, people: dict[UUID, str]
) -> None:
    engine = open_visitors_engine(pooled_url, cookie_key)

    def look(number: int) -> tuple[list[str], str]:
        browser_id, said = list(people.items())[number % 2]
        with begin(act_as(engine, Visitor(browser_id))) as session:
            return list(session.scalars(text(SAID))), said

    with ThreadPoolExecutor(8) as pool:
        assert all(seen == [said] for seen, said in pool.map(look, range(200), timeout=60))
    engine.dispose()


def test_everybodys_queries_see_what_is_theirs(
    pooled_url: str, cookie_key: str, people: dict[UUID, str]
) -> None:
    engine = open_visitors_engine(pooled_url, cookie_key)
    console = Console(engine, pooled_url, cookie_key)

    def ask(browser_id: UUID) -> bool:
        return all(console.run(browser_id, SAID).rows == [(people[browser_id],)] for _ in range(9))

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(ask, people, timeout=60))
    engine.dispose()


def test_changes_are_asked_for_where_notifications_dont_arrive(
    pooled_url: str, cookie_key: str, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_engine(pooled_url)
    audience = Audience(engine, engine, Cookies(cookie_key), "web:1")
    live = Live(pooled_url, audience)
    live.start()
    try:
        wait_for(lambda: "Burn asks every second" in caplog.text)
        for name in ("ada", "bob"):
            before = live.get_revision(["threads:1"])
            hand.make_user(name)
            wait_for(partial(_has_grown, live, before))
    finally:
        live.stop()
        engine.dispose()


def _has_grown(live: Live, before: int) -> bool:
    return live.get_revision(["threads:1"]) > before


def test_agents_speak(pooled_url: str, hand: Hand) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=["sarah"])
    with running_worker(pooled_url):
        for spoken in (1, 2):
            hand.say(thread_id, ada, f"I have {spoken} pugs")
            wait_for(partial(_has_spoken, hand, spoken), 20)


def _has_spoken(hand: Hand, times: int) -> bool:
    said: int = hand.value("SELECT count(*) FROM events WHERE type = 'tool_use'")
    return said >= times


def test_a_statement_is_never_prepared(pooled_url: str) -> None:
    with open_connection(pooled_url, autocommit=True) as connection:
        for number in range(20):
            assert connection.execute("SELECT %s::int", [number]).fetchone() == (number,)
        assert connection.prepare_threshold is None
