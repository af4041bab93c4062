"""Nothing moves or flickers while somebody reads and others write."""

import re
import time
from uuid import UUID

from playwright.sync_api import Browser, Locator, WebSocketRoute, expect
from sqlalchemy import Engine

from burn_core.room.own_facts import forget_fact
from db.connection import begin
from db.visitor import Visitor, act_as
from tests.end_to_end.processes import find_port, is_served, kill, start_app
from tests.end_to_end.tabs import (
    OpenAs,
    OpenTab,
    enter,
    find_box,
    find_words,
    measure,
    start_thread,
)
from tests.making import Hand, wait_for

# Adds up the layout shifts that no input caused, and checks in each frame that no message has gone
# missing. The computer shows the newest row first, so its rows move down for each new one: shifts of
# those alone don't count.
WATCH = """() => {
    const watched = window.watched = { shift: 0, shifted: [], missing: [] };
    const begin = performance.now();
    const computer = document.querySelector(".st-key-computer").getBoundingClientRect();
    const isComputers = ({ previousRect }) => previousRect.left >= computer.left;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (entry.hadRecentInput || entry.startTime < begin) continue;
            if (entry.sources.length && entry.sources.every(isComputers)) continue;
            watched.shift += entry.value;
            for (const { node, previousRect, currentRect } of entry.sources)
                watched.shifted.push([node?.textContent, previousRect.top, currentRect.top]);
        }
    }).observe({ type: "layout-shift", buffered: true });
    const seen = new Set();
    const look = () => {
        const words = [...document.querySelectorAll(".burn-words")].map((it) => it.textContent);
        for (const text of seen) if (!words.includes(text)) watched.missing.push(text);
        words.forEach((text) => seen.add(text));
        requestAnimationFrame(look);
    };
    look();
}"""


def test_a_reader_sees_nothing_move_or_flicker_while_thirty_events_arrive(
    hand: Hand, open_as: OpenAs
) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada)
    for number in range(40):
        hand.say(thread_id, ada, f"old message {number}")
    tab = open_as(ada, f"/?thread={thread_id}")
    last = find_words(tab, "old message 39")
    expect(last).to_be_in_viewport()
    expect(tab.get_by_alt_text("ada, owner, here now")).to_be_visible()
    box = find_box(tab)
    box.click()
    tab.keyboard.type("half a sen")
    tab.mouse.move(600, 300)
    tab.mouse.wheel(0, -1000)
    expect(last).not_to_be_in_viewport()
    old = find_words(tab, "old message 20")
    old.scroll_into_view_if_needed()
    wait_for(lambda: stands_still(old))
    before = measure(old)
    tab.evaluate(WATCH)
    for number in range(30):
        hand.say(thread_id, ada, f"event {number}")
        time.sleep(0.2)  # the test needs events at this pace
    expect(find_words(tab, "event 29")).to_be_attached()
    watched = tab.evaluate("window.watched")
    assert measure(old) == before
    assert watched["missing"] == []
    assert watched["shift"] <= 0.01, watched["shifted"]
    tab.keyboard.type("tence")
    expect(box).to_have_value("half a sentence")


def test_a_tab_whose_connection_is_cut_is_whole_again_and_keeps_what_is_typed(
    hand: Hand, open_as: OpenAs
) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada)
    tab = open_as(ada, f"/?thread={thread_id}")
    connections: list[tuple[WebSocketRoute, WebSocketRoute]] = []
    tab.route_web_socket(
        re.compile("/_stcore/stream"),
        lambda tabs: connections.append((tabs, tabs.connect_to_server())),
    )
    tab.reload()
    find_box(tab).click()
    tab.keyboard.type("half a sen")
    for number in range(3):
        hand.say(thread_id, ada, f"event {number}")
        for side in connections[-1]:
            side.close()
        expect(find_words(tab, f"event {number}")).to_be_visible()
        expect(tab.get_by_alt_text("ada, owner, here now")).to_be_visible()
    expect(find_box(tab)).to_have_value("half a sen")


def test_an_open_chat_gets_what_the_socket_does_not_bring(
    hand: Hand, web_engine: Engine, open_as: OpenAs
) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada)
    secret = "I collect vintage toasters"
    hand.say(thread_id, ada, secret)
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(find_words(tab, secret)).to_be_visible()
    expect(tab.get_by_alt_text("ada, owner, here now")).to_be_visible()
    with hand.connection.transaction():  # more at once than the newest that a reading gives
        for number in range(120):
            hand.say(thread_id, ada, f"event {number}")
    for number in (0, 60, 119):
        expect(find_words(tab, f"event {number}")).to_be_attached()
    hand.learn(thread_id, ada, "collects", "vintage toasters", 0.9)
    fact_id = hand.value("SELECT id FROM facts WHERE thread_id = %s", thread_id)
    with begin(act_as(web_engine, Visitor(hand.sign_in(ada)))) as session:
        forget_fact(session, fact_id)
    expect(find_words(tab, secret)).to_have_count(0)
    expect(find_words(tab, "event 119")).to_be_attached()


def stands_still(element: Locator) -> bool:
    before = measure(element)
    time.sleep(0.3)
    return measure(element) == before


def test_a_page_in_which_streamlit_loses_its_place_is_loaded_again(
    browser: Browser, open_as: OpenAs, ada: UUID, thread_id: UUID
) -> None:
    tab = open_as(ada, f"/?thread={thread_id}")
    context = browser.new_context(storage_state=tab.context.storage_state())  # errors are fine here
    broken = context.new_page()
    broken.goto(tab.url)
    expect(find_box(broken)).to_be_visible()
    fail = "setTimeout(() => { throw new Error('Cannot set a node at a delta path'); })"
    with broken.expect_event("load", timeout=15_000):
        broken.evaluate(fail)
    expect(find_box(broken)).to_be_visible()
    broken.evaluate("window.isSame = true")
    broken.evaluate(fail)  # no loop: a second one leaves the page as it is
    expect(find_box(broken)).to_be_visible()
    assert broken.evaluate("window.isSame")
    context.close()


def test_the_page_stays_at_its_end_until_somebody_scrolls_up(hand: Hand, open_as: OpenAs) -> None:
    ada = hand.make_user("ada")
    thread_id = hand.make_thread(ada)
    for number in range(40):
        hand.say(thread_id, ada, f"old message {number}")
    tab = open_as(ada, f"/?thread={thread_id}")
    expect(find_words(tab, "old message 39")).to_be_in_viewport()
    for number in range(5):
        hand.say(thread_id, ada, f"event {number}\n" * 4)
        expect(tab.get_by_text(f"event {number}").last).to_be_in_viewport()
    tab.mouse.move(600, 300)
    tab.mouse.wheel(0, -1000)
    old = find_words(tab, "old message 39")
    wait_for(lambda: stands_still(old))
    before = measure(old)
    hand.say(thread_id, ada, "unread")
    expect(find_words(tab, "unread")).to_be_attached()
    expect(find_words(tab, "unread")).not_to_be_in_viewport()
    assert measure(old) == before
    find_box(tab).fill("Here I am")
    find_box(tab).press("Enter")
    expect(find_words(tab, "Here I am")).to_be_in_viewport()


def test_while_burn_is_away_one_line_says_so_and_nothing_covers_what_is_typed(
    url: str, open_tab: OpenTab
) -> None:
    port = find_port()
    address = f"http://127.0.0.1:{port}"
    app = start_app(port, DATABASE_URL=url)
    try:
        wait_for(lambda: is_served(address), 30)
        tab = open_tab(address)
        enter(tab, "ada")
        start_thread(tab)
        box = find_box(tab)
        box.fill("half a sentence")
        kill(app)
        line = tab.get_by_role("status").get_by_text("Burn can't be reached.")
        expect(line).to_be_visible()
        # Streamlit's own dialog, which comes some seconds later.
        dialog = tab.get_by_test_id("stDialog").filter(has_text="Connection error")
        expect(dialog).to_be_attached(timeout=30_000)
        expect(dialog).to_be_hidden()
        app = start_app(port, DATABASE_URL=url)
        expect(line).to_be_hidden(timeout=30_000)
        expect(box).to_be_enabled()
        expect(box).to_have_value("half a sentence")
    finally:
        kill(app)
