"""What operators ask of the running app: whether it is well, and its figures."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg.conninfo import conninfo_to_dict

from tests.end_to_end.processes import running_app, running_worker
from tests.making import Hand, wait_for

KEY = "a long random text"


@pytest.fixture
def own_address(url: str) -> Iterator[str]:
    """An app without a worker."""
    with running_app(DATABASE_URL=url, BURN_METRICS_KEY=KEY) as address:
        yield address


def ask(address: str, path: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(address + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def find_health(address: str) -> tuple[int, dict[str, str]]:
    status, body = ask(address, "/healthz")
    return status, json.loads(body)


def read_figures(address: str) -> dict[str, float]:
    status, body = ask(address, "/metrics", Authorization=f"Bearer {KEY}")
    assert status == 200
    samples = [each for family in text_string_to_metric_families(body) for each in family.samples]
    return {sample.name: sample.value for sample in samples}


def test_it_is_well_while_a_worker_is_connected(url: str, own_address: str) -> None:
    parts = {"web": "ok", "database": "ok", "listener": "listening"}
    lonely = parts | {"status": "unwell", "worker": "none is connected"}
    wait_for(lambda: find_health(own_address) == (503, lonely))
    with running_worker(url):
        wait_for(
            lambda: find_health(own_address) == (200, parts | {"status": "ok", "worker": "ok"})
        )
    wait_for(lambda: find_health(own_address) == (503, lonely))


def test_it_says_that_the_database_is_away(url: str, server_url: str, own_address: str) -> None:
    database = conninfo_to_dict(url)["dbname"]
    server = Hand(server_url)
    server.type(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
    try:
        server.type(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", database
        )
        away = {"database": "away", "listener": "away", "worker": "unknown", "web": "ok"}
        wait_for(lambda: find_health(own_address) == (503, away | {"status": "unwell"}))
        assert read_figures(own_address)["burn_database_up"] == 0
    finally:
        server.type(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    wait_for(lambda: find_health(own_address)[1]["database"] == "ok")
    wait_for(lambda: find_health(own_address)[1]["listener"] == "listening")


def test_figures_are_for_whoever_has_the_key(hand: Hand, own_address: str) -> None:
    for headers in ({}, {"Authorization": "Bearer another"}, {"Authorization": KEY[:-1]}):
        assert ask(own_address, "/metrics", **headers)[0] == 401
    wait_for(lambda: read_figures(own_address)["burn_listening"] == 1)
    before = read_figures(own_address)
    assert before["burn_database_up"] == 1
    assert before["burn_due_agents"] == before["burn_due_seconds"] == 0
    assert before["burn_web_process_resident_memory_bytes"] > 1_000_000
    hand.make_thread(hand.make_user("ada"), agents=["sarah", "jerry"])
    after = read_figures(own_address)
    assert after["burn_due_agents"] == 2
    assert after["burn_due_seconds"] > 0


def test_without_a_key_there_are_no_figures(address: str) -> None:
    assert ask(address, "/metrics", Authorization="Bearer ")[0] == 404
