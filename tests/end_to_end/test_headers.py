"""What every response tells the browser, and that Burn's own pages keep to it."""

import urllib.request
from collections.abc import Callable, Iterator
from urllib.error import HTTPError
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.end_to_end.tabs import OpenAs, find_words, open_editor
from tests.making import Hand


@pytest.fixture
def ada(hand: Hand) -> UUID:
    ada = hand.make_user("ada")
    hand.type("UPDATE users SET is_host = true WHERE id = %s", ada)
    return ada


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.say(thread_id, ada, "I like chess")
    hand.learn(thread_id, ada, "likes", "chess", 0.9)
    hand.begin_run(thread_id, "sarah", "done")
    return thread_id


def read_headers(address: str, method: str = "GET") -> dict[str, str]:
    request = urllib.request.Request(address, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(answer.headers.items())
    except HTTPError as error:
        return dict(error.headers.items())


@pytest.mark.parametrize(
    "path", ["/", "/watch?key=1", "/sync/events", "/enter", "/_stcore/health", "/media/x", "/%00"]
)
def test_every_response_has_the_headers(address: str, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        headers = {
            name.lower(): value for name, value in read_headers(address + path, method).items()
        }
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


@pytest.fixture
def watch_violations() -> Iterator[Callable[[Page], None]]:
    """Fails the test if a tab that it is told of breaks the policy."""
    said: list[str] = []

    def watch(tab: Page) -> None:
        tab.on("console", lambda message: said.append(message.text))
        tab.reload()

    yield watch
    assert [words for words in said if "Content Security" in words] == []


def test_no_page_breaks_the_policy(
    hand: Hand,
    open_as: OpenAs,
    ada: UUID,
    thread_id: UUID,
    watch_violations: Callable[[Page], None],
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    watch_violations(tab)
    expect(find_words(tab, "I like chess")).to_be_visible()
    dialog = open_editor(tab)
    with tab.expect_download():
        dialog.get_by_role("button", name="Download as SQL").click()
    dialog.get_by_role("button", name="Close", exact=True).first.click()
    origin = tab.url.partition("/?")[0]

    def visit(path: str, test_id: str) -> None:
        tab.goto(origin + path)
        expect(tab.get_by_test_id(test_id).first).to_be_visible()

    visit("/facts", "stDataFrame")
    visit("/facts?view=charts", "stVegaLiteChart")
    visit("/facts?view=graph", "stGraphVizChart")
    visit(f"/events?thread={thread_id}", "stVegaLiteChart")
    visit("/sql?query=SELECT+name,+1+AS+one+FROM+users", "stTextArea")
    tab.get_by_role("textbox", name="Query").press("Control+Enter")
    expect(tab.get_by_test_id("stDataFrame")).to_be_visible()
    tab.get_by_role("tab", name="Chart").click()
    expect(tab.get_by_test_id("stVegaLiteChart")).to_be_visible()
    tab.get_by_role("tab", name="Schema").click()
    expect(tab.get_by_test_id("stGraphVizChart").locator("svg")).to_be_visible()
    visit(f"/projector?thread={thread_id}", "stMain")
    expect(find_words(tab, "I like chess")).to_be_visible()
    key = hand.value(
        "UPDATE threads SET spectator_key = gen_random_uuid() WHERE id = %s RETURNING spectator_key",
        thread_id,
    )
    visit(f"/watch?thread={thread_id}&key={key}", "stMain")
    expect(find_words(tab, "I like chess")).to_be_visible()


def test_a_script_that_a_page_is_made_to_hold_does_not_run(
    open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(find_words(tab, "I like chess")).to_be_visible()
    tab.evaluate(
        """() => {
            for (const source of [null, "https://example.com/x.js", "data:text/javascript,ran=1"]) {
                const script = document.createElement("script");
                if (source) script.src = source; else script.textContent = "window.ran = 1";
                document.body.append(script);
            }
            document.body.insertAdjacentHTML("beforeend", "<img src=/x onerror='window.ran = 1'>");
        }"""
    )
    tab.wait_for_function("document.querySelector('img[onerror]').complete")
    assert tab.evaluate("window.ran") is None
