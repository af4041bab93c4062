"""Floods below what an application sees."""

import base64
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.end_to_end.processes import ROOT, find_port, is_served, kill, start_app
from tests.end_to_end.test_browser_messages import WHOLE_PAGE, run_page, streaming
from tests.making import wait_for

PONG = bytes([0x8A, 0x80, 0, 0, 0, 0])


def open_socket(address: str, path: str = "/live") -> socket.socket:
    """A websocket without a cookie."""
    connection = ask_for_socket(address, path)
    assert b" 101 " in connection.recv(4_096)
    return connection


def ask_for_socket(address: str, path: str, method: str = "GET", body: str = "") -> socket.socket:
    place = urlsplit(address)
    assert place.hostname
    connection = socket.create_connection((place.hostname, place.port), timeout=10)
    key = base64.b64encode(os.urandom(16)).decode()
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    connection.sendall(
        f"{method} {path} HTTP/1.1\r\nHost: {place.netloc}\r\nOrigin: {address}\r\n{length}"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: streamlit\r\n\r\n{body}".encode()
    )
    return connection


def test_a_flood_of_empty_frames_is_no_longer_read(address: str) -> None:
    with open_socket(address) as connection:
        connection.settimeout(2)
        sent = 0
        block = PONG * 20_000
        try:
            while sent < 40_000_000:
                sent += connection.send(block)
        except TimeoutError:
            pass
        assert sent < 20_000_000  # most is what the kernel holds
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=10) as answer:
            assert answer.status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_asks_for_a_websocket_with_a_body_is_refused_at_once(address: str, method: str) -> None:
    with ask_for_socket(address, "/live", method, "a=b") as connection:
        assert connection.recv(4_096).startswith(b"HTTP/1.1 400 ")
        assert connection.recv(4_096) == b""


def ask_and_go(address: str) -> None:
    asked = WHOLE_PAGE.SerializeToString()
    with open_socket(address, "/_stcore/stream") as connection:
        connection.sendall(bytes([0x82, 0x80 | len(asked), 0, 0, 0, 0]) + asked)


def test_sockets_that_ask_and_go_away_hold_up_nobody(url: str) -> None:
    address = f"http://127.0.0.1:{(port := find_port())}"
    app = start_app(port, DATABASE_URL=url)
    try:
        wait_for(lambda: is_served(address), 30)
        files = psutil.Process(app.pid).num_fds
        before = files()
        with ThreadPoolExecutor(8) as attackers:
            list(attackers.map(ask_and_go, [address] * 1_200))
        begun = time.monotonic()
        with streaming(address) as tab:
            assert "Your name" in str(run_page(tab))
        assert time.monotonic() - begun < 10
        # Streamlit keeps up to 128 sessions of tabs that have gone, with three files each.
        wait_for(lambda: files() < before + 500, 5)
        app.terminate()
        app.wait(10)
    finally:
        kill(app)


@pytest.mark.parametrize("path", ["/_stcore/stream", "/live"])
def test_a_message_that_never_ends_ends_its_connection_at_1_mb(address: str, path: str) -> None:
    fragment = bytes([0x80 | 126, *(50_000).to_bytes(2, "big"), 0, 0, 0, 0]) + bytes(50_000)
    with open_socket(address, path) as connection:
        connection.sendall(bytes([0x02]) + fragment)
        for _ in range(20):
            connection.sendall(bytes([0x00]) + fragment)
        received = b""
        while more := connection.recv(65_536):
            received += more
    assert (1009).to_bytes(2, "big") in received  # too big


def test_the_web_process_may_open_many_files() -> None:
    asking = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096)); import app;"
        " print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asking], cwd=Path(ROOT), capture_output=True, text=True, timeout=60
    )
    assert answer.stdout.strip() == "(4096, 4096)", answer.stderr


@pytest.mark.parametrize("path", ["/_stcore/health", "/healthz", "/media/x", "/sync/events", "/"])
def test_a_cookie_that_takes_long_to_read_holds_up_nobody(address: str, path: str) -> None:
    slow = 'a="' + '\\"' * 30_000 + '"'
    request = urllib.request.Request(address + path, headers={"Cookie": slow})
    with suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200
