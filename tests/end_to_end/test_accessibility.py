"""Every page is accessible: axe-core checks it in light and dark, wide and narrow."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.end_to_end.tabs import OpenAs, OpenTab, find_words, open_editor, open_own_menu
from tests.making import Hand

Check = Callable[[Page], None]
WIDTHS = (1440, 390)


@pytest.fixture
def thread_id(hand: Hand, ada: UUID) -> UUID:
    """A thread with a bit of everything in it."""
    thread_id = hand.make_thread(ada, agents=["sarah", "jerry"])
    hand.act(thread_id, ada, "created")
    hand.say(thread_id, ada, "I like chess, @sarah")
    hand.type(
        "INSERT INTO events (thread_id, user_id, type, data)"
        " SELECT %s, id, 'tool_use', jsonb_build_object('id', 'toolu_1', 'name', 'roast_user',"
        " 'input', jsonb_build_object('subject', %s::text, 'roast', 'Chess? Of course.'))"
        " FROM users WHERE name = 'jerry'",
        thread_id,
        ada,
    )
    hand.type("UPDATE memberships SET tapped_out_at = now() WHERE user_id = %s", ada)
    for confidence in (0.9, 0.6, 0.3):
        hand.learn(thread_id, ada, "likes", f"chess {confidence}", confidence)
    hand.begin_run(thread_id, "jerry", "failed", "The model's server answered 529.")
    hand.begin_run(thread_id, "sarah")
    key = uuid4()
    hand.type("UPDATE threads SET spectator_key = %s WHERE id = %s", key, thread_id)
    return thread_id


def list_faults(axe: Axe, tab: Page, scheme: str) -> set[str]:
    """The serious faults, in words."""
    violations = axe.run(tab).response["violations"]
    return {
        f"{scheme}: {violation['id']}: {node['target']}: {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    }


@pytest.fixture(scope="module")
def axe() -> Axe:
    return Axe()


@pytest.fixture
def check(axe: Axe) -> Check:
    def check(tab: Page) -> None:
        faults = set()
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            app = tab.get_by_test_id("stApp")
            expect(app).to_have_css("color-scheme", scheme)
            # While a page runs, Streamlit pales what it is about to draw again.
            expect(app).to_have_attribute("data-test-script-state", "notRunning")
            expect(tab.locator("[data-stale=true]")).to_have_count(0)
            faults |= list_faults(axe, tab, scheme)
        assert faults == set()

    return check


@pytest.fixture(params=WIDTHS)
def size(request: pytest.FixtureRequest) -> ViewportSize:
    return {"width": request.param, "height": 900}


def test_the_sign_in_is_accessible(
    address: str, open_tab: OpenTab, check: Check, size: ViewportSize
) -> None:
    tab = open_tab(address, viewport=size)
    expect(tab.get_by_role("textbox", name="Your name")).to_be_visible()
    check(tab)


def test_the_welcome_is_accessible(
    open_as: OpenAs, ada: UUID, check: Check, size: ViewportSize
) -> None:
    tab = open_as(ada, viewport=size)
    expect(tab.get_by_role("button", name="Start a thread")).to_be_visible()
    check(tab)


def test_the_persons_own_menu_is_accessible(open_as: OpenAs, ada: UUID, check: Check) -> None:
    tab = open_as(ada, viewport={"width": WIDTHS[0], "height": 900})
    open_own_menu(tab)
    check(tab)


def test_the_invitation_is_accessible(
    hand: Hand, open_as: OpenAs, thread_id: UUID, check: Check, size: ViewportSize
) -> None:
    tab = open_as(hand.make_user("bob"), hand.invite(thread_id), viewport=size)
    expect(tab.get_by_role("button", name="Join")).to_be_visible()
    check(tab)


def test_a_thread_and_its_editor_are_accessible(
    open_as: OpenAs, ada: UUID, thread_id: UUID, check: Check, size: ViewportSize
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}", viewport=size)
    wait_for_all(tab)
    check(tab)
    tab.reload()
    open_editor(tab)
    check(tab)


def test_the_spectators_page_is_accessible(
    hand: Hand,
    address: str,
    open_tab: OpenTab,
    thread_id: UUID,
    check: Check,
    size: ViewportSize,
) -> None:
    key = hand.value("SELECT spectator_key FROM threads")
    tab = open_tab(f"{address}/watch?key={key}", viewport=size)
    wait_for_all(tab)
    check(tab)


def test_the_projector_is_accessible(
    open_as: OpenAs, ada: UUID, thread_id: UUID, check: Check, size: ViewportSize
) -> None:
    tab = open_as(ada, f"/projector?thread={thread_id}", viewport=size)
    wait_for_all(tab)
    check(tab)


def test_the_console_is_accessible(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID, check: Check, size: ViewportSize
) -> None:
    hand.type("UPDATE users SET is_host = true WHERE id = %s", ada)
    tab = open_as(ada, "/sql?query=SELECT+name,+1+AS+n+FROM+users", viewport=size)
    tab.locator(".st-key-run button").click()
    expect(tab.get_by_text("rows in")).to_be_visible()
    check(tab)
    tab.get_by_role("tab", name="Chart").click()
    expect(tab.get_by_text("X axis")).to_be_visible()
    check(tab)
    tab.get_by_role("textbox", name="Query").fill("SELECT *\nFORM users")
    tab.locator(".st-key-run button").click()
    expect(tab.get_by_text("line 2: FORM users")).to_be_visible()
    check(tab)
    for part, words in (
        ("Schema", "Read from the database"),
        ("Notebook", "the tables are data frames"),
        ("Hosts", "add or remove hosts"),
    ):
        tab.get_by_role("tab", name=part).click()
        expect(tab.get_by_text(words)).to_be_visible()
        check(tab)


def test_the_facts_page_is_accessible(
    hand: Hand,
    open_as: OpenAs,
    ada: UUID,
    thread_id: UUID,
    check: Check,
    size: ViewportSize,
) -> None:
    fact_id = hand.value("SELECT id FROM facts LIMIT 1")
    tab = open_as(ada, f"/facts?fact={fact_id}&thread={thread_id}", viewport=size)
    expect(tab.get_by_text("No run wrote it down")).to_be_visible(timeout=15_000)
    check(tab)
    tab.get_by_role("tab", name="Charts").click()
    expect(tab.get_by_text("Facts by category")).to_be_visible()
    check(tab)
    tab.get_by_role("tab", name="Graph").click()
    expect(tab.get_by_text("all 3 of the 3 facts")).to_be_visible()
    check(tab)
    tab.get_by_role("tab", name="Table").click()
    for popover, words in (
        (".st-key-sql-Facts", "The rows of"),
        (".st-key-download-facts", "In a notebook"),
    ):
        tab.locator(popover).get_by_role("button").click()
        expect(tab.get_by_test_id("stPopoverBody").get_by_text(words)).to_be_visible()
        check(tab)
        tab.keyboard.press("Escape")


def test_the_page_of_a_missing_thread_is_accessible(
    open_as: OpenAs, ada: UUID, check: Check, size: ViewportSize
) -> None:
    tab = open_as(ada, f"/?thread={uuid4()}", viewport=size)
    expect(tab.get_by_role("heading", name="Thread not found")).to_be_visible()
    check(tab)


def test_the_events_page_and_an_events_details_are_accessible(
    hand: Hand, open_as: OpenAs, ada: UUID, thread_id: UUID, check: Check, size: ViewportSize
) -> None:
    tab = open_as(ada, f"/events?thread={thread_id}&type=text&type=tool_use", viewport=size)
    tab.locator("summary").filter(has_text="Chess? Of course.").click()
    expect(tab.locator("details pre")).to_be_visible()
    expect(tab.get_by_text("Points are events")).to_be_visible()
    if size["width"] == min(WIDTHS):
        tab.get_by_text("Filter: choose which events").click()
    check(tab)
    roast = hand.value("SELECT id FROM events WHERE type = 'tool_use'")
    hand.type("UPDATE runs SET tool_use_event_id = %s WHERE status = 'failed'", roast)
    hand.type("UPDATE facts SET tool_use_event_id = %s", roast)
    tab.get_by_role("link", name="Run and facts").click()
    expect(tab.get_by_role("dialog").get_by_text("Facts that it noted")).to_be_visible()
    check(tab)


def wait_for_all(tab: Page) -> None:
    """Wait for the chat and the computer, which a narrow screen folds away until asked."""
    expect(find_words(tab, "Chess? Of course.")).to_be_visible()
    fact = tab.get_by_text("chess 0.3")
    expect(fact).to_be_attached()
    if not fact.is_visible():
        tab.get_by_text("Computer: the rows behind the chat").click()
    expect(fact).to_be_visible()
