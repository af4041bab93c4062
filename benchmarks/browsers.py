"""How soon a message is on a real screen: python -m benchmarks.browsers.

Two browsers side by side have a thread of 500 messages open. Prints the time from each event's commit
until its text is in the page of the later one.
"""

import statistics
import time

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.contenders import burn
from benchmarks.measures import Trial, running_trial
from benchmarks.screen import fill, make_cookies, running_web
from burn_core.room.cookies import COOKIE_NAME
from tests.find_browser import find_browser

_BROWSERS = 2
_MESSAGES = 500
_EVENTS = 50
_APART_SECONDS = 0.5
# Notes when each text is first in the page, in ms since the epoch.
_WATCH = """() => {
    window.seen = {};
    const note = () => {
        for (const words of document.querySelectorAll(".burn-words")) {
            window.seen[words.textContent] ??= Date.now();
        }
    };
    note();
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true });
}"""


def open_thread(browser: Browser, address: str, cookie: str) -> Page:
    page = browser.new_page()
    page.context.add_cookies([{"name": COOKIE_NAME, "value": cookie, "url": f"http://{address}"}])
    page.goto(f"http://{address}/?thread={burn.THREAD.format(0)}")
    page.get_by_text(f"message {_MESSAGES}", exact=True).wait_for()
    page.evaluate(_WATCH)
    return page


def measure(trial: Trial) -> list[float]:
    """The ms of each event."""
    fill(trial, _MESSAGES)
    committed: dict[str, float] = {}
    with (
        running_web(trial.url) as (address, _),
        trial.connect() as connection,
        sync_playwright() as playwright,
    ):
        browsers = [
            playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
            for _ in range(_BROWSERS)
        ]
        cookies = make_cookies(trial, [burn.ADA] * _BROWSERS)
        pages = [
            open_thread(browser, address, cookie)
            for browser, cookie in zip(browsers, cookies, strict=True)
        ]
        for number in range(_EVENTS):
            burn.post(connection, 0, number)
            committed[f"event {number}"] = time.time() * 1_000
            time.sleep(_APART_SECONDS)
        for page in pages:
            page.get_by_text(f"event {_EVENTS - 1}", exact=True).wait_for()
        seen = [page.evaluate("window.seen") for page in pages]
        for browser in browsers:
            browser.close()
    return [max(each[text] for each in seen) - at for text, at in committed.items()]


def main() -> None:
    with running_trial() as trial:
        times = sorted(measure(trial))
    p95 = times[int(len(times) * 0.95) - 1]
    print(
        f"commit → text in {_BROWSERS} browsers: p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms"
    )


if __name__ == "__main__":
    main()
