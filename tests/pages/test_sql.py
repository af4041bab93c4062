"""The SQL page: hosts run what they typed, and never what a link brought."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.console.console import Console
from burn_core.console.lessons import LESSONS
from burn_core.room.hosts import add_host, remove_host
from burn_core.room.limits import QUERIES
from burn_core.room.sessions import sign_out
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import create_thread
from burn_core.users import User
from db.connection import begin
from db.read_only.query import QueryResult
from pages.ui.shared import resources
from tests.making import Hand
from tests.pages.conftest import OpenPage

SCRIPT = "sql.py"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query that the console runs, in order."""
    ran: list[str] = []
    run = Console.run

    def remember(self: Console, user_id: UUID, query: str) -> QueryResult:
        ran.append(query)
        return run(self, user_id, query)

    monkeypatch.setattr(Console, "run", remember)
    return ran


@pytest.fixture
def bob(engine: Engine, ada: User) -> User:
    """Somebody who isn't a host, in another browser."""
    with begin(engine) as session:
        return sign_in(session, uuid4(), "bob")


def run(page: AppTest, query: str) -> AppTest:
    page.text_area(key="query").set_value(query)
    page.button(key="run").click().run()
    assert not page.exception
    return page


def list_captions(page: AppTest) -> str:
    return "\n".join(caption.value for caption in page.caption)


def list_codes(page: AppTest) -> list[str]:
    return [code.value for code in page.main.code]


def open_part(page: AppTest, part: str) -> AppTest:
    page.session_state["part"] = part
    page.run()
    assert not page.exception
    return page


def test_a_host_runs_a_query_and_sees_the_rows(open_page: OpenPage, ada: User) -> None:
    page = open_page(SCRIPT)
    assert "You are a host" in list_captions(page)
    run(page, "SELECT name, 1 AS n, 2 AS n FROM users WHERE type = 'agent' ORDER BY name")
    frame = page.dataframe[0].value
    assert list(frame) == ["name", "n", "n (2)"]
    assert list(frame["name"]) == ["frankie", "jerry", "sarah"]
    assert "3 rows in" in list_captions(page)
    assert page.query_params["query"].startswith("SELECT name")


def test_others_than_hosts_query_what_they_may_see(
    open_page: OpenPage, engine: Engine, ada: User, bob: User
) -> None:
    with begin(engine) as session:
        add_host(session, "bob")
        remove_host(session, "ada")
        create_thread(session, bob.id, "bob's")
        create_thread(session, ada.id, "ada's")
    page = open_page(SCRIPT)
    assert "You can read the rows of your threads" in list_captions(page)
    assert [tab.label for tab in page.tabs] == ["Query", "Schema"]
    run(page, "SELECT name FROM threads")
    assert list(page.dataframe[0].value["name"]) == ["ada's"]


def test_somebody_who_is_no_longer_a_host_gets_no_rows_from_a_page_that_was_open(
    open_page: OpenPage, engine: Engine, ada: User, bob: User
) -> None:
    with begin(engine) as session:
        create_thread(session, bob.id, "bob's")
    page = open_page(SCRIPT)
    run(page, "SELECT name FROM threads")
    assert list(page.dataframe[0].value["name"]) == ["bob's"]
    with begin(engine) as session:
        add_host(session, "bob")
        remove_host(session, "ada")
    # This process has not been told yet, but the database knows.
    run(page, "SELECT name, 1 AS again FROM threads")
    assert page.dataframe[0].value.empty
    resources.get_live().announce_everything()
    page.run()
    assert not page.dataframe


def test_a_link_fills_the_editor_and_runs_nothing(
    open_page: OpenPage, ada: User, ran: list[str]
) -> None:
    page = open_page(SCRIPT, query="SELECT 'from a link'")
    assert page.text_area(key="query").value == "SELECT 'from a link'"
    assert ran == []
    assert not page.dataframe
    page.text_area(key="query").set_value("SELECT 'mine'").run()
    assert page.text_area(key="query").value == "SELECT 'mine'"
    page.query_params["query"] = "SELECT 'another'"
    page.run()
    assert page.text_area(key="query").value == "SELECT 'another'"
    assert ran == []


def test_a_link_that_is_too_long_or_strange_is_words_at_most(
    open_page: OpenPage, ada: User
) -> None:
    page = open_page(SCRIPT, query="SELECT '" + "x" * 30_000)
    page.button(key="run").click().run()
    assert "at most 20,000 characters" in page.error[0].value
    page = open_page(SCRIPT, query="\x00")
    page.button(key="run").click().run()
    assert "U\\+0000" in page.error[0].value


def test_a_syntax_error_is_shown_with_its_line(open_page: OpenPage, ada: User) -> None:
    page = run(open_page(SCRIPT), "SELECT *\nFORM facts")
    assert "Syntax error" in page.error[0].value
    assert list_codes(page) == ["line 2: FORM facts\n        ^"]
    assert not page.dataframe


def test_a_statement_without_rows_says_so(open_page: OpenPage, ada: User) -> None:
    page = run(open_page(SCRIPT), "SET work_mem = '1MB'")
    assert "done, no rows in" in list_captions(page)
    page = run(page, "SELECT id FROM facts")
    assert "0 rows in" in list_captions(page)
    assert list(page.dataframe[0].value) == ["id"]
    assert "A chart needs" in list_captions(page)


def test_more_than_a_thousand_rows_are_said_to_be_more(open_page: OpenPage, ada: User) -> None:
    page = run(open_page(SCRIPT), "SELECT generate_series(1, 5000) AS n")
    assert "the first 1,000 rows (there are more)" in list_captions(page)
    assert len(page.dataframe[0].value) == 1000


def test_long_values_are_said_to_be_cut(open_page: OpenPage, ada: User) -> None:
    page = run(open_page(SCRIPT), "SELECT repeat('z', 5000)")
    assert "The table has the first" in list_captions(page)


@pytest.mark.parametrize(
    "query",
    [
        'SELECT \'a.b[0]\' AS "a.b[0]", 1 AS "x:y", 2, 3',
        "SELECT now() AS t, 1.5 AS n",
        "SELECT 1 AS n",
        "SELECT NULL::int AS n, NULL AS x",
        "SELECT 'NaN'::numeric, 'infinity'::timestamptz, '-infinity'::float8",
        "SELECT true, 1",
    ],
)
def test_any_columns_can_be_shown_and_drawn(open_page: OpenPage, ada: User, query: str) -> None:
    page = run(open_page(SCRIPT), query)
    assert page.dataframe
    for number, choice in enumerate(page.selectbox):
        for option in choice.options:
            page.selectbox[number].select(option).run()
            assert not page.exception


def test_history_and_lessons_put_a_query_into_the_editor_and_run_nothing(
    open_page: OpenPage, ada: User, ran: list[str]
) -> None:
    page = open_page(SCRIPT)
    for query in ("SELECT 1", "SELECT *** FROM x", "SELECT 1"):
        run(page, query)
    labels = [page.button(key=f"put-past-{number}").label for number in (0, 1)]
    assert labels == ["SELECT 1", "SELECT \\*\\*\\* FROM x"]
    assert "1 row" in list_captions(page)
    assert "refused" in list_captions(page)
    page.button(key="put-past-1").click().run()
    assert page.text_area(key="query").value == "SELECT *** FROM x"
    page.button(key="put-lesson-2").click().run()
    assert page.text_area(key="query").value == LESSONS[1].query
    assert len(ran) == 3


def test_what_one_host_ran_isnt_shown_to_the_next_in_the_same_tab(
    open_page: OpenPage, engine: Engine, ada: User, bob: User, browser_id: UUID
) -> None:
    page = run(open_page(SCRIPT), "SELECT 'of ada'")
    with begin(engine) as session:
        add_host(session, "bob")
        sign_out(session, browser_id)
    Hand(resources.get_url()).type(
        "INSERT INTO sessions (browser_id, user_id) VALUES (%s, %s)", browser_id, bob.id
    )
    resources.get_live().announce_everything()
    page.run()
    assert page.text_area
    assert not page.dataframe
    assert "What you ran" not in str(page.main)


def test_the_schema_and_the_notebook_are_shown_when_asked_for(
    open_page: OpenPage, ada: User, ran: list[str]
) -> None:
    page = open_page(SCRIPT)
    assert ran == []
    assert "burn_notebook" not in str(page.main)
    open_part(page, "Schema")
    assert any("source_event_id  uuid  → events.id" in code for code in list_codes(page))
    open_part(page, "Notebook")
    (snippet,) = list_codes(page)
    assert "postgresql+psycopg://burn_notebook_" in snippet
    assert ":***@" in snippet
    compile(snippet, "snippet", "exec")
    page.toggle(key="show-password").set_value(True).run()
    (snippet,) = list_codes(page)
    assert ":***@" not in snippet


def test_the_schema_counts_as_a_query(
    open_page: OpenPage, ada: User, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "pages.ui.sql.catalogue.QUERIES", replace(QUERIES, at_once=1, every_seconds=60)
    )
    page = open_part(open_page(SCRIPT), "Schema")
    assert list_codes(page)
    page.run()
    assert len(ran) == 1
    assert any("Too many queries at once" in caption.value for caption in page.caption)


def test_hosts_add_others_and_remove_them(
    open_page: OpenPage, engine: Engine, hand: Hand, ada: User, bob: User
) -> None:
    hosts = "SELECT string_agg(name, ' ' ORDER BY name) FROM users WHERE is_host"
    page = open_part(open_page(SCRIPT), "Hosts")
    assert not [button for button in page.button if button.key == "remove-ada"]
    page.text_input(key="new-host").set_value("nobody")
    page.button(key="make-host").click().run()
    assert "Nobody named nobody" in page.toast[0].value
    assert page.text_input(key="new-host").value == "nobody"
    page.text_input(key="new-host").set_value("Bob")
    page.button(key="make-host").click().run()
    assert hand.value(hosts) == "ada bob"
    assert "bob is now a host" in page.success[0].value
    page.button(key="remove-bob").click().run()
    assert any("Remove bob as host?" in mark.value for mark in page.markdown)
    page.button(key="remove-bob-yes").click().run()
    assert hand.value(hosts) == "ada"
    assert not [button for button in page.button if button.key == "remove-bob"]
