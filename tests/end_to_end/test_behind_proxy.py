"""Burn in a folder of a site, behind nginx with the lines that README.md has for it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests.conftest import make_database
from tests.end_to_end.processes import (
    ROOT,
    find_port,
    is_served,
    kill,
    make_environment,
    running_nginx,
)
from tests.end_to_end.tabs import OpenTab, enter, find_words, open_editor, say, start_thread
from tests.making import Hand, wait_for

_CONFIGURATION = """
    pid {folder}/nginx.pid;
    error_log stderr crit;
    events {{}}
    http {{
        access_log off;
        client_body_temp_path {folder}/body;
        proxy_temp_path {folder}/proxy;
        fastcgi_temp_path {folder}/fastcgi;
        uwsgi_temp_path {folder}/uwsgi;
        scgi_temp_path {folder}/scgi;
        server {{
            listen 127.0.0.1:{port};
            {location}
        }}
    }}
"""


@pytest.fixture
def url(server_url: str, template: str) -> Iterator[str]:
    yield from make_database(server_url, template)


@pytest.fixture
def site(url: str, tmp_path: Path) -> Iterator[str]:
    """The address of Burn's folder on the site."""
    burn_port, port = find_port(), find_port()
    options = ["--server.port", str(burn_port), "--server.baseUrlPath", "burn"]
    burn = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", *options],
        cwd=ROOT,
        env=make_environment(DATABASE_URL=url),
        text=True,
    )
    try:
        with running_nginx(write_configuration(tmp_path, port, burn_port), port):
            site = f"http://127.0.0.1:{port}/burn"
            wait_for(lambda: is_served(site), 30)
            yield site
    finally:
        kill(burn)


def write_configuration(folder: Path, port: int, burn_port: int) -> Path:
    """The lines of README.md, in a server of their own."""
    [location] = re.findall(r"```nginx\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert ":8501;" in location
    location = location.replace(":8501;", f":{burn_port};")
    path = folder / "nginx.conf"
    path.write_text(_CONFIGURATION.format(folder=folder, port=port, location=location))
    return path


def test_everything_works_in_a_folder_of_a_site(site: str, hand: Hand, open_tab: OpenTab) -> None:
    ada = open_tab(f"{site}/")
    enter(ada, "ada")
    thread_id = start_thread(ada)
    expect(ada).to_have_url(f"{site}/?thread={thread_id}")
    dialog = open_editor(ada)
    invite = dialog.locator("code").first.inner_text()
    assert invite.startswith(f"{site}/?thread={thread_id}&invite=")
    dialog.get_by_role("button", name="Create a spectator link").click()
    watching = dialog.locator("code").nth(1)
    expect(watching).to_contain_text(f"{site}/watch?key=")
    spectator = open_tab(watching.inner_text())
    dialog.get_by_role("button", name="Close", exact=True).click()

    bob = open_tab(invite)
    enter(bob, "bob")
    bob.get_by_role("button", name="Join").click()
    say(bob, "hello from bob")
    for tab in (ada, bob, spectator):
        expect(find_words(tab, "hello from bob")).to_be_visible()
    assert hand.value("SELECT count(*) FROM visits") == 2  # their sockets are there

    ada.get_by_role("button", name="New thread").click()
    link = ada.get_by_role("navigation", name="Your threads").locator(f"[id='{thread_id}']")
    link.click()
    expect(find_words(ada, "hello from bob")).to_be_visible()
    projector = ada.get_by_role("link", name="Projector").get_attribute("href")
    ada.goto(f"{site.removesuffix('/burn')}{projector}")
    expect(ada.get_by_alt_text("QR code to join")).to_have_attribute(
        "alt", re.compile(rf":\d+/burn/\?thread={thread_id}&invite=")
    )
    ada.goto(f"{site}/facts?thread={thread_id}")
    expect(ada.get_by_role("heading", name="Facts")).to_be_visible()


def test_streams_are_in_the_folder(site: str, hand: Hand, ada: UUID, thread_id: UUID) -> None:
    key = hand.value("UPDATE threads SET spectator_key = gen_random_uuid() RETURNING spectator_key")
    hand.say(thread_id, ada, "hi")
    with urlopen(f"{site}/sync/events?key={key}&live=false", timeout=10) as stream:
        lines = stream.read().decode().splitlines()
    assert any('"hi"' in line for line in lines)
