"""What processes log as JSON, for programs that collect it."""

import json
import socket
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from tests.end_to_end.processes import (
    ROOT,
    find_port,
    is_served,
    kill,
    make_environment,
    start_app,
    start_worker,
)
from tests.end_to_end.test_browser_messages import list_answers, run_page, streaming
from tests.end_to_end.test_doors import ask
from tests.end_to_end.test_floods import open_socket
from tests.making import Hand, wait_for

# What a web process may meet: loggers of Streamlit's from before and after, and what nobody catches.
PROGRAM = """
import asyncio, logging, sys, threading, warnings
from streamlit.logger import get_logger
before = get_logger("before")
from burn_core.logs import write_json_logs
write_json_logs()
before.error("one")
get_logger("after").error("two\\nlines")
get_logger("uvicorn.error").warning("three")
get_logger("uvicorn.error").info("GET /live?key=SECRET")
warnings.warn("four")
try:
    raise ValueError("SECRET")
except ValueError as error:
    before.exception("five: %s", error)
def fail():
    raise KeyError("SECRET")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
async def forget():
    task = asyncio.ensure_future(asyncio.sleep(0))
    asyncio.get_running_loop().call_exception_handler(
        {"message": "six", "exception": ValueError("SECRET"), "future": task})
    await task
asyncio.run(forget())
try:
    fail()
except KeyError as error:
    raise ExceptionGroup("SECRET", [error]) from ValueError("SECRET")
"""


def read_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_that_fails_is_logged_with_its_ids_and_without_words(
    url: str, hand: Hand, tmp_path: Path
) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.say(thread_id, ada, "I am afraid of geese")
    log = tmp_path / "log"
    with log.open("w") as errors:
        factory = "tests.end_to_end.models:FailingModel"
        worker = start_worker(url, errors, BURN_LOG="json", BURN_MODEL_FACTORY=factory)
        try:
            wait_for(lambda: hand.type("SELECT 1 FROM runs WHERE status = 'failed'"))
        finally:
            kill(worker)
    assert "geese" not in log.read_text()
    lines = read_lines(log.read_text())
    run_id = str(hand.value("SELECT id FROM runs WHERE status = 'failed'"))
    about_run = [line for line in lines if line.get("run_id") == run_id]
    assert about_run
    assert {line["thread_id"] for line in about_run} == {str(thread_id)}
    for line in lines:
        assert {"time", "level", "logger", "message"} <= line.keys()
        assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
    [trace] = [line["traceback"] for line in about_run if "traceback" in line]
    assert trace.endswith("ValueError\n")
    assert "models.py" in trace


@pytest.mark.parametrize("kind", ["text", "json"])
def test_strangers_dont_fill_the_log(url: str, tmp_path: Path, kind: str) -> None:
    log, port = tmp_path / "log", find_port()
    address = f"http://127.0.0.1:{port}"
    with log.open("w") as errors:
        app = start_app(port, errors, DATABASE_URL=url, BURN_LOG=kind)
        try:
            wait_for(lambda: is_served(address), 30)
            for _ in range(5):
                assert ask(address, "GET", "/oauth2callback")[0] == 302
                with open_socket(address) as connection:
                    connection.sendall(bytes([0x81, 0x81, 0, 0, 0, 0, 0xFF]))  # no UTF-8
                    assert connection.recv(100)
                with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                    connection.sendall(b"nonsense\r\n\r\n")
                    assert b" 400 " in connection.recv(100)
                with streaming(address) as stream:
                    run_page(stream)
                    odd = BackMsg(rerun_script=ClientState(fragment_id="made up"))
                    list_answers(stream, odd)
        finally:
            kill(app)
    kinds = (
        "misconfigured origin",
        "Invalid UTF-8 sequence",
        "Invalid HTTP request",
        "fragment with",
    )
    for line in kinds:
        assert log.read_text().count(line) == 1


def test_everything_that_is_logged_is_lines_of_json_without_secrets() -> None:
    program = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=make_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert program.returncode == 1
    lines = read_lines(program.stderr)
    messages = [line["message"] for line in lines]
    assert messages[:3] == ["one", "two\nlines", "three"]
    assert "UserWarning: four" in messages[3]
    assert messages[4:] == [
        "five: ValueError",
        "an uncaught error",
        "six",
        "an uncaught error",
    ]
    assert lines[-1]["traceback"].count("Traceback (most recent call last):") == 3
    assert "KeyError" in lines[-1]["traceback"]
    assert "SECRET" not in program.stderr


def test_settings_that_are_wrong_are_told_before_there_is_a_log() -> None:
    program = subprocess.run(
        [sys.executable, "agents_worker.py"],
        cwd=ROOT,
        env=make_environment(BURN_LOG="yaml"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert program.stderr == "BURN_LOG: Input should be 'text' or 'json'\n"


def test_a_database_that_cant_be_reached_is_one_line(tmp_path: Path) -> None:
    program = subprocess.run(
        [sys.executable, "agents_worker.py"],
        cwd=ROOT,
        env=make_environment(BURN_LOG="json", DATABASE_URL=f"postgresql:///?host={tmp_path}"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    [line] = read_lines(program.stderr)
    assert line["level"] == "CRITICAL"

    assert "can't be reached" in line["message"]
