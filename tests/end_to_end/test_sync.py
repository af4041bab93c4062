"""The endpoints of the whole app, followed with curl as people do."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from tests.burn_core.sync.truth import TABLES, add_fact
from tests.end_to_end.processes import kill, running_app
from tests.making import Hand, wait_for


@pytest.fixture
def key(hand: Hand, thread_id: UUID) -> UUID:
    key = uuid4()
    hand.type("UPDATE threads SET spectator_key = %s WHERE id = %s", key, thread_id)
    return key


@contextmanager
def curling(question: str, output: Path) -> Iterator[None]:
    with output.open("wb") as file:
        curl = subprocess.Popen(["curl", "-sN", question], stdout=file, text=True)
    try:
        yield
    finally:
        kill(curl)


def read_lines(output: Path) -> list[dict[str, str]]:
    *lines, _ = output.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines]


def test_curl_resumes_after_a_restart_where_it_was_cut_off(
    url: str, hand: Hand, ada: UUID, thread_id: UUID, key: UUID, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with running_app(DATABASE_URL=url) as address:
        with curling(f"{address}/sync/events?key={key}", first):
            wait_for(lambda: [line["op"] for line in read_lines(first)] == ["up-to-date"])
            said = hand.say(thread_id, ada, "hi")
            wait_for(lambda: len(read_lines(first)) == 3)
        assert read_lines(first)[1]["id"] == str(said)
    missed = hand.say(thread_id, ada, "while nobody listened")
    offset = read_lines(first)[-1]["offset"]
    with (
        running_app(DATABASE_URL=url) as address,
        curling(f"{address}/sync/events?key={key}&offset={offset}", second),
    ):
        wait_for(lambda: len(read_lines(second)) == 2)
    assert [line.get("id") for line in read_lines(second)] == [str(missed), None]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_do_not_keep_the_server_from_stopping(
    url: str,
    hand: Hand,
    ada: UUID,
    thread_id: UUID,
    key: UUID,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    hand.type(
        "INSERT INTO events (thread_id, user_id, type, data) SELECT %s, %s, 'text',"
        " jsonb_build_object('text', repeat('much ', 2000)) FROM generate_series(1, 1500)",
        thread_id,
        ada,
    )
    add_fact(hand, thread_id, ada)
    times: list[float] = []
    with (
        ExitStack() as curls,
        socket.socket() as stalled,
        running_app(stop=number, DATABASE_URL=url) as address,
    ):
        where = urlsplit(address)
        # A client that asks for more than all buffers hold, and reads nothing.
        stalled.settimeout(10)
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect((where.hostname, where.port))
        stalled.sendall(f"GET /sync/events?key={key} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        for table in TABLES:
            output = tmp_path / table
            curls.enter_context(curling(f"{address}/sync/{table}?key={key}", output))
            wait_for(lambda output=output: b"up-to-date" in output.read_bytes())  # type: ignore[misc]
        curls.callback(lambda: times.append(time.monotonic()))  # before the curls are killed
        times.append(time.monotonic())
    assert times[1] - times[0] < 3
