"""The pages as Streamlit runs them, on a real database, with somebody signed in."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.runtime.scriptrunner import RerunData
from streamlit.testing.v1 import AppTest, local_script_runner

from burn_core.room.cookies import Cookies
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import create_thread
from burn_core.users import User
from db.connection import begin
from db.schema import Json
from pages.ui.shared import resources
from pages.ui.thread.tables import get_broadcasts

MAIN = Path(__file__).parent.parent.parent / "pages" / "main.py"
OpenPage = Callable[..., AppTest]


def list_messages(page: AppTest) -> list[Json]:
    """The chat's messages, as its component receives them."""
    (chat,) = _list_data(page, "burn_messages")
    tables = json.loads(chat["tables"])
    older = tables["older"]["put"] if "older" in tables else {}
    return [row for row in [*older.values(), *tables["messages"]["put"].values()] if row]


def list_words(page: AppTest) -> list[str]:
    """The text of the chat's messages and notes."""
    return [message.get("words") or message["note"] for message in list_messages(page)]


def list_badges(page: AppTest) -> set[str]:
    return {badge["label"] for message in list_messages(page) for badge in message["badges"]}


def list_stored(page: AppTest, table: str) -> list[Json]:
    """The rows of a table that the page brings to the tab's store, in order."""
    drawn = [element.proto for element in page.get("bidi_component")]
    datas = [json.loads(it.json) for it in drawn if it.component_name != "burn_live"]
    texts = [data["tables"] for data in datas if isinstance(data, dict) and "tables" in data]
    rows = next(tables[table]["put"] for tables in map(json.loads, texts) if table in tables)
    return sorted(rows.values(), key=lambda row: row.get("order", 0))


def list_links(page: AppTest) -> list[Json]:
    """The links to threads in the sidebar."""
    (data,) = _list_data(page, "burn_threads")
    rows: dict[str, Json] = json.loads(data["tables"])["threads"]["put"]
    current = data["current"]
    return [
        row
        | {"id": id, "is_current": id == current, "is_unread": row["is_unread"] and id != current}
        for id, row in rows.items()
    ]


def list_popovers(page: AppTest) -> list[str]:
    """The labels of the page's popovers."""
    return [block.proto.popover.label for block in page.get("popover")]


def open_popover(page: AppTest, key: str) -> AppTest:
    """The page with that popover open: its content is drawn only then."""
    page.session_state[key] = True
    return page.run()


def run_fragment(page: AppTest, key: str) -> AppTest:
    """Run only a fragment, as news does. If it restarts the page, the page is what is drawn."""
    (id,) = page._fragment_storage.resolve_target(key)

    def make_data(**values: object) -> RerunData:
        return RerunData(**values, fragment_id_queue=[id])  # type: ignore[arg-type]

    with mock.patch.object(local_script_runner, "RerunData", make_data):
        page.run()
    assert not page.exception
    return page


def list_tables(page: AppTest) -> list[list[Json]]:
    """The rows of the computer's tables."""
    drawn = [data for data in _list_data(page, "burn_rows") if isinstance(data, dict)]
    tables = [json.loads(it["tables"])[it["look"]["table"]]["put"] for it in drawn]
    return [sorted(rows.values(), key=lambda row: -row["order"]) for rows in tables]


def list_events(page: AppTest) -> list[Json]:
    """The rows of the table of events, their cells by column."""
    (table,) = [json.loads(table) for table in _list_data(page, "burn_rows")]
    return [row | dict(zip(table["columns"], row["cells"], strict=True)) for row in table["rows"]]


def _list_data(page: AppTest, component: str) -> list[Any]:
    drawn = [element.proto for element in page.get("bidi_component")]
    return [json.loads(it.json) for it in drawn if it.component_name == component]


@pytest.fixture(autouse=True)
def _resources(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Point the process's resources at this test's database."""
    monkeypatch.setenv("DATABASE_URL", url)
    _forget_resources()
    yield
    _forget_resources()


def _forget_resources() -> None:
    st.cache_resource.clear()
    get_broadcasts.cache_clear()
    for resource in vars(resources).values():
        if hasattr(resource, "cache_clear"):
            resource.cache_clear()


@pytest.fixture
def browser_id(monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The browser whose cookie comes with every page: AppTest sends no cookies."""
    browser_id = uuid4()
    monkeypatch.setattr(Cookies, "read_cookie", lambda *_: browser_id)
    return browser_id


@pytest.fixture
def ada(engine: Engine, browser_id: UUID) -> User:
    with begin(engine) as session:
        return sign_in(session, browser_id, "ada")


@pytest.fixture
def thread_id(engine: Engine, ada: User) -> UUID:
    with begin(engine) as session:
        return create_thread(session, ada.id).id


@pytest.fixture
def open_page() -> OpenPage:
    def open_page(script: str = "", **query: str) -> AppTest:
        page = AppTest.from_file(str(MAIN), default_timeout=20)
        if script:
            page.run()
            page.switch_page(script)
            page.query_params.clear()
        for name, value in query.items():
            page.query_params[name] = value
        # Nothing listens for notifications here, so announce what the test has written.
        resources.get_live().announce_everything()
        page.run()
        assert not page.exception
        return page

    return open_page
