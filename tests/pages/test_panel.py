"""Every panel has its query, which gives the panel's rows when typed into psql."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from streamlit.testing.v1 import AppTest

from burn_core.room.cookies import Cookies
from burn_core.users import User
from db.roles import Part, derive_role, write_libpq_url
from pages.ui.shared import resources
from tests.making import Hand
from tests.pages.conftest import OpenPage, list_links, list_messages, list_stored, list_tables

PANELS = {"People", "Chat", "Memory", "Context", "Processes"}


@pytest.fixture
def lively(hand: Hand, ada: User, thread_id: UUID) -> UUID:
    """A thread with rows for each panel, beside threads whose rows no panel may show."""
    bob = hand.make_user("bob")
    hand.join(thread_id, bob)
    for number in range(60):
        hand.say(thread_id, ada.id if number % 2 else bob, f"It's {number} % of :all \\ 'that'")
    for confidence in (0.9, 0.6, 0.3):
        hand.learn(thread_id, bob, "likes", f"chess {confidence}", confidence)
    for agent, status in (("jerry", "failed"), ("sarah", "silent"), ("sarah", "running")):
        hand.begin_run(thread_id, agent, status)
    hand.type("INSERT INTO visits (thread_id, user_id, web) VALUES (%s, %s, 'web')", thread_id, bob)
    hand.type("UPDATE threads SET spectator_key = %s", uuid4())
    theirs = hand.make_thread(bob, agents=["sarah"])
    hand.say(theirs, bob, "a secret")
    hand.learn(theirs, bob, "keeps", "a secret", 0.5)
    hand.begin_run(theirs, "sarah")
    hand.make_thread(bob, ada.id)
    return thread_id


def read_queries(page: AppTest) -> dict[str, list[str]]:
    """The queries of each panel, which are drawn once its button is pressed."""
    for block in page.get("popover"):
        if block.proto.popover.label == "SQL":
            page.session_state["sql-" + block.proto.id.partition("-sql-")[2]] = True
    page.run()
    queries: dict[str, list[str]] = {}
    panel = ""
    for element in [*page.sidebar, *page.main]:
        if element.type == "caption" and "as a quer" in element.value.replace("queries", "a quer"):
            panel = element.value.partition("“")[2].partition("”")[0]
        elif element.type == "code" and element.value.endswith(";"):
            queries.setdefault(panel, []).append(element.value)
    return queries


def type_all(url: str, queries: list[str]) -> list[list[DictRow]]:
    """The rows of each, typed as it is by a host's role, as in the console."""
    reader = derive_role(Hand(url).value("SELECT cookie_key FROM instance"), Part.READER)
    with psycopg.connect(write_libpq_url(url, reader), row_factory=dict_row) as connection:
        return [connection.execute(query.encode()).fetchall() for query in queries]


def pick(rows: list[DictRow], *columns: str) -> list[list[Any]]:
    return [[row[column] for column in columns] for row in rows]


def test_each_panels_query_gives_the_rows_that_it_shows(
    open_page: OpenPage, url: str, lively: UUID
) -> None:
    page = open_page(thread=str(lively))
    shown = [[each["seq"], each.get("words")] for each in list_messages(page)]
    queries = read_queries(page)
    assert queries.keys() == PANELS | {"Your threads"}
    rows = {panel: type_all(url, typed) for panel, typed in queries.items()}

    threads, unread = rows["Your threads"]
    assert pick(threads, "name") == [[link["name"]] for link in list_links(page)]
    marked = {link["id"] for link in list_links(page) if link["is_unread"]}
    assert {str(row["id"]) for row in unread} - {str(lively)} == marked

    thread, members, visitors = rows["People"]
    assert f"### {thread[0]['name']}" in [each.value for each in page.markdown]
    people = sorted(list_stored(page, "people"), key=lambda row: row["is_agent"])
    assert pick(members, "name", "role") == pick(people, "name", "role")
    assert len(people) == 5
    here = {row["user_id"] for row in visitors}
    assert sum(row["is_here"] for row in people) == len(here) == 1

    messages, agents, model = rows["Chat"]
    assert [[row["seq"], row["data"].get("text")] for row in messages][::-1] == shown
    assert len(shown) == 50
    assert [row["agent"] for row in agents if row["status"] == "running"] == ["sarah"]
    doing = list_stored(page, "agents")
    assert [row["name"] for row in doing if row["status"] == "running"] == ["sarah"]
    assert model == []

    facts, events, processes = list_tables(page)
    (known,), (happened,) = rows["Memory"], rows["Context"]
    assert pick(known, "subject", "predicate", "object") == [row["cells"] for row in facts]
    assert len(facts) == 3
    assert pick(happened, "seq", "name") == [
        [int(row["cells"][0]), row["cells"][1]] for row in events
    ]
    assert len(events) == 50

    now, runs = rows["Processes"]
    assert [row["name"] for row in doing] == [row["agent"] for row in now]
    assert pick(runs, "agent", "status", "reason") == [row["cells"][:3] for row in processes]
    assert len(runs) == 3


def list_console_links(page: AppTest) -> list[str]:
    return [it.proto.label for it in page.get("page_link") if it.proto.label.startswith("Open in")]


def test_people_get_links_to_the_console_and_spectators_dont(
    open_page: OpenPage, hand: Hand, ada: User, lively: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(thread=str(lively))
    assert list_console_links(page) == []
    queries = read_queries(page)
    assert len(list_console_links(page)) == sum(map(len, queries.values()))
    monkeypatch.setattr(Cookies, "read_cookie", lambda *_: None)
    key = hand.value("SELECT spectator_key FROM threads WHERE id = %s", lively)
    page = open_page("watch.py", key=str(key))
    assert read_queries(page)
    assert list_console_links(page) == []


def test_spectators_and_the_projector_show_the_same_queries(
    open_page: OpenPage, hand: Hand, ada: User, lively: UUID, browser_id: UUID
) -> None:
    projected = open_page("projector.py", thread=str(lively))
    assert read_queries(projected).keys() == PANELS
    hand.type("DELETE FROM sessions")
    resources.get_live().announce_everything()
    key = hand.value("SELECT spectator_key FROM threads WHERE id = %s", lively)
    watched = open_page("watch.py", key=str(key))
    assert read_queries(watched).keys() == PANELS
    assert list_console_links(watched) == []
    assert not list(watched.get("download_button"))


def test_nobody_but_members_sees_queries_of_the_thread(
    open_page: OpenPage, hand: Hand, ada: User
) -> None:
    theirs = hand.make_thread(hand.make_user("bob"))
    assert read_queries(open_page(thread=str(theirs))).keys() == {"Your threads"}
