"""Nothing moves or flickers while somebody reads and others write."""

import time

from playwright.sync_api import Locator, expect

from tests.end_to_end.tabs import OpenAs, find_box, find_words, measure
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


def stands_still(element: Locator) -> bool:
    before = measure(element)
    time.sleep(0.3)
    return measure(element) == before
