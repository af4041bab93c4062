"""Two web processes behind nginx, with the configuration that compose.yaml gives it."""

import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.conftest import make_database
from tests.end_to_end.processes import (
    ROOT,
    Process,
    find_port,
    is_served,
    kill,
    running_nginx,
    running_worker,
    start_app,
)
from tests.end_to_end.tabs import (
    OpenTab,
    enter,
    find_box,
    find_words,
    open_editor,
    say,
    start_thread,
)
from tests.making import Hand, wait_for

CONFIGURATION = ROOT / "docs" / "deploy" / "nginx.conf"
NAMES = ("ada", "bob", "cleo", "dora", "eve", "fay", "gil", "hal")


class Webs:
    """Two web processes, which can be killed and started again."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.ports = [find_port(), find_port()]
        self.processes: list[Process] = []
        for number in range(2):
            self.processes.append(self._start(number))
        for number in range(2):
            self.wait_until_served(number)

    def _start(self, number: int) -> Process:
        return start_app(self.ports[number], DATABASE_URL=self._url)

    def wait_until_served(self, number: int) -> None:
        wait_for(lambda: is_served(f"http://127.0.0.1:{self.ports[number]}"), 40)

    def restart(self, number: int) -> None:
        self.processes[number] = self._start(number)
        self.wait_until_served(number)

    def stop(self) -> None:
        for process in self.processes:
            kill(process)


@pytest.fixture
def url(server_url: str, template: str) -> Iterator[str]:
    yield from make_database(server_url, template)


@pytest.fixture
def webs(url: str) -> Iterator[Webs]:
    webs = Webs(url)
    yield webs
    webs.stop()


@pytest.fixture
def address(webs: Webs) -> Iterator[str]:
    with running_deployed_nginx(webs.ports) as address:
        yield address


@contextmanager
def running_deployed_nginx(
    ports: list[int], live_port: int | None = None, log: Path = Path("/dev/null")
) -> Iterator[str]:
    """nginx as compose.yaml runs it, apart from ports and from where it keeps its own files.

    With live_port, all sockets for news go to that process.
    """
    port = find_port()
    with TemporaryDirectory(prefix="burn-") as folder:
        text = CONFIGURATION.read_text()
        for old, new in (
            ("listen 8080;", f"listen 127.0.0.1:{port};"),
            ("server web-1:8501 ", f"server 127.0.0.1:{ports[0]} "),
            ("server web-2:8501 ", f"server 127.0.0.1:{ports[1]} "),
            (" /tmp/", f" {folder}/"),
            ("access_log /dev/stdout", f"access_log {log}"),
        ):
            assert old in text
            text = text.replace(old, new)
        if live_port is not None:
            live = f"location = /live {{ proxy_pass http://127.0.0.1:{live_port}; }}"
            text = text.replace("location / {", f"{live} location / {{")
        path = Path(folder, "nginx.conf")
        path.write_text(text)
        with running_nginx(path, port):
            yield f"http://127.0.0.1:{port}"


def count_webs(hand: Hand) -> int:
    return int(hand.value("SELECT count(DISTINCT web) FROM visits"))


def count_present(hand: Hand) -> int:
    return int(hand.value("SELECT count(DISTINCT user_id) FROM visits"))


def list_said(hand: Hand, thread_id: UUID) -> list[str]:
    said = "SELECT data->>'text' FROM events WHERE thread_id = %s AND type = 'text' ORDER BY seq"
    return [text for (text,) in hand.type(said, thread_id)]


def meet(hand: Hand, address: str, open_tab: OpenTab) -> tuple[UUID, dict[str, Page]]:
    """A thread, and the tabs of so many people that both processes serve some of them."""
    tabs: dict[str, Page] = {}
    thread_id = None
    for name in NAMES:
        tab = tabs[name] = open_tab(address + (hand.invite(thread_id) if thread_id else ""))
        enter(tab, name)
        if thread_id is None:
            thread_id = start_thread(tab)
        else:
            tab.get_by_role("button", name="Join").click()
        expect(find_box(tab)).to_be_visible()
        expect(tab.get_by_text("started the thread")).to_be_visible()  # the chat is drawn
        wait_for(lambda: count_present(hand) == len(tabs))
        if len(tabs) >= 3 and count_webs(hand) == 2:
            break
    assert thread_id is not None
    assert count_webs(hand) == 2
    return thread_id, tabs


def download(tab: Page) -> str:
    """The thread as a file, which its web process has in memory."""
    dialog = open_editor(tab)
    with tab.expect_download() as download:
        dialog.get_by_role("button", name="Download as SQL").click()
    return Path(download.value.path()).read_text()


def expect_everybody_to_read(tabs: dict[str, Page], texts: list[str]) -> None:
    for tab in tabs.values():
        for text in texts:
            expect(find_words(tab, text)).to_be_visible()


def test_when_a_web_process_is_killed_everybody_goes_on(
    url: str, hand: Hand, webs: Webs, address: str, open_tab: OpenTab
) -> None:
    with running_worker(url):
        thread_id, tabs = meet(hand, address, open_tab)
        said = []
        for name, tab in tabs.items():
            said.append(f"{name} has three geese")
            say(tab, said[-1])
        expect_everybody_to_read(tabs, said)
        wait_for(lambda: hand.list_tool_uses(thread_id))

        kill(webs.processes[0])
        killed_at = time.monotonic()
        for name, tab in tabs.items():
            said.append(f"{name} goes on")
            say(tab, said[-1])
        wait_for(lambda: len(list_said(hand, thread_id)) == len(said))
        expect_everybody_to_read(tabs, said)
        seconds = time.monotonic() - killed_at
        print(f"{len(tabs)} people went on {seconds:.1f} s after the kill")
        assert seconds < 15
        assert sorted(list_said(hand, thread_id)) == sorted(said)
        for tab in tabs.values():
            expect(tab.get_by_role("textbox", name="Your name")).to_have_count(0)
        # The dead process's visits are over, and its people are here through the other one.
        wait_for(lambda: count_webs(hand) == 1, 25)
        wait_for(lambda: count_present(hand) == len(tabs))

        visits = set(hand.type("SELECT id FROM visits"))
        webs.restart(0)
        assert set(hand.type("SELECT id FROM visits")) == visits
        # Tabs stay where they are, or come back: the two sockets of some may now be in two processes.
        hand.type(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for name, tab in tabs.items():
            said.append(f"{name} says goodbye")
            say(tab, said[-1])
        expect_everybody_to_read(tabs, said)
        assert sorted(list_said(hand, thread_id)) == sorted(said)
        assert set(hand.type("SELECT id FROM visits")) == visits
        assert said[-1] in download(tabs["ada"])


def test_what_a_web_process_had_not_written_when_it_died_goes_back_to_the_box(
    hand: Hand, webs: Webs, address: str, open_tab: OpenTab
) -> None:
    thread_id, tabs = meet(hand, address, open_tab)
    for process in webs.processes:
        process.send_signal(signal.SIGSTOP)
    for name, tab in tabs.items():
        say(tab, f"{name} said this to nobody")
    kill(webs.processes[0])
    webs.processes[1].send_signal(signal.SIGCONT)
    wait_for(lambda: count_webs(hand) == 1, 25)
    for name, tab in tabs.items():
        words = f"{name} said this to nobody"
        wait_for(partial(_is_said_or_returned, hand, thread_id, tab, words))
        if find_box(tab).input_value() == words:
            find_box(tab).press("Enter")
    expect_everybody_to_read(tabs, [f"{name} said this to nobody" for name in tabs])
    assert sorted(list_said(hand, thread_id)) == [f"{name} said this to nobody" for name in tabs]


def _is_said_or_returned(hand: Hand, thread_id: UUID, tab: Page, words: str) -> bool:
    return words in list_said(hand, thread_id) or find_box(tab).input_value() == words


def test_a_tab_whose_socket_is_another_process_s_hears_of_news_and_comes_to_rest(
    hand: Hand, webs: Webs, open_tab: OpenTab
) -> None:
    with running_deployed_nginx([webs.ports[0]] * 2, live_port=webs.ports[1]) as address:
        tab = open_tab("about:blank")
        asked: list[str] = []
        tab.on("websocket", lambda opened: _note_messages(opened, asked))
        tab.goto(address)
        enter(tab, "ada")
        thread_id = start_thread(tab)
        ada = hand.value("SELECT id FROM users WHERE name = 'ada'")
        for number in range(3):
            hand.say(thread_id, ada, f"number {number}")
            expect(find_words(tab, f"number {number}")).to_be_visible(timeout=5_000)
        # A part of the page that lacks something asks for it every 2 s.
        wait_for(lambda: _is_quiet(tab, asked), 40)
        assert asked


def _note_messages(opened: WebSocket, asked: list[str]) -> None:
    """Keep an entry for each message to the page's own process."""
    if opened.url.endswith("/_stcore/stream"):
        opened.on("framesent", lambda _: asked.append(opened.url))


def _is_quiet(tab: Page, asked: list[str]) -> bool:
    before = len(asked)
    tab.wait_for_timeout(5_000)
    return len(asked) == before


def test_nginx_gives_a_browser_its_route_once_and_figures_to_nobody(address: str) -> None:
    with urllib.request.urlopen(f"{address}/", timeout=10) as answer:
        route = answer.headers["set-cookie"]
    assert route.startswith("burn_route=")
    request = urllib.request.Request(f"{address}/", headers={"Cookie": route.partition(";")[0]})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["set-cookie"] is None
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{address}/metrics", timeout=10)


def test_nginx_says_in_words_that_nothing_answers_and_logs_no_keys(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with running_deployed_nginx([find_port(), find_port()], log=log) as address:
        with pytest.raises(urllib.error.HTTPError, match="503") as caught:
            urllib.request.urlopen(f"{address}/?key=SECRET", timeout=10)
        assert caught.value.read().startswith(b"Burn can't be reached")
        wait_for(log.read_text)
    assert {"status": 503, "path": "/"}.items() <= json.loads(log.read_text()).items()
    assert "SECRET" not in log.read_text()
