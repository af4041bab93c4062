"""What people and models write is shown as they wrote it, as plain text."""

from urllib.parse import urlsplit
from uuid import UUID

from playwright.sync_api import Page, expect

from tests.end_to_end.tabs import OpenAs, find_words, measure, say
from tests.making import Hand

TEXTS = (
    '<img src=x onerror="window.burned = 1"> &amp; <b>bold</b>',
    "<script>window.burned = 2</script>",
    "![a picture](http://pictures.example/x.png) [a link](http://links.example/)",
    "**bold** _thin_ `code` # heading :material/home: :red[red] $x$ ~~gone~~",
    "one\n\n  two   spaces\nthree\tand a tab",
    '<a href="javascript:window.burned = 3">click</a> "quoted" \'too\'',
)


def list_words(tab: Page) -> list[str]:
    return tab.locator(".burn-words").all_inner_texts()


def test_text_is_never_interpreted(hand: Hand, open_as: OpenAs, ada: UUID) -> None:
    thread_id = hand.make_thread(ada, agents=["sarah"])
    tab = open_as(ada, f"/?thread={thread_id}")
    hosts: set[str | None] = set()
    tab.context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    for number, text in enumerate(TEXTS):
        say(tab, text)
        expect(tab.locator(".burn-words")).to_have_count(number + 1)
    assert list_words(tab) == list(TEXTS)
    # The same everywhere else that shows what somebody wrote.
    hand.type("UPDATE threads SET name = %s", TEXTS[2])
    heading = tab.get_by_role("heading", name="a picture")
    expect(heading).to_be_visible()
    assert heading.inner_text().replace("\u2060", "") == TEXTS[2]
    for text in TEXTS:
        hand.learn(thread_id, ada, text, text, 0.9)
        hand.begin_run(thread_id, "sarah", "failed", text)
    expect(tab.locator("li").filter(has_text=TEXTS[5]).first).to_be_visible()
    expect(tab.get_by_role("alert").first).to_contain_text("quoted")
    tab.reload()
    expect(tab.locator(".burn-words")).to_have_count(len(TEXTS))
    assert list_words(tab) == list(TEXTS)
    assert tab.locator(".burn-words *").count() == 0
    assert tab.locator("a[href^=http]").count() == 0
    assert tab.evaluate("window.burned") is None
    assert hosts - {None} <= {"127.0.0.1"}


def test_names_are_highlighted_and_long_words_break(hand: Hand, open_as: OpenAs, ada: UUID) -> None:
    thread_id = hand.make_thread(ada)
    text = "@ada <@bob> mail@example.com\n" + "x" * 500
    hand.say(thread_id, ada, text)
    tab = open_as(ada, f"/?thread={thread_id}")
    words = find_words(tab, text)
    expect(words).to_be_visible()
    assert words.inner_text() == text
    assert words.locator(".burn-mention").all_inner_texts() == ["@ada", "@bob"]
    chat = measure(tab.locator(".burn-message"))
    assert measure(words)["width"] < chat["width"]


def test_times_are_in_everyday_words(hand: Hand, open_as: OpenAs, ada: UUID) -> None:
    thread_id = hand.make_thread(ada)
    for age, text in (("1 day", "yesterday"), ("5 minutes", "a while ago"), ("0 s", "just now")):
        hand.type(
            "INSERT INTO events (thread_id, user_id, type, data, inserted_at) VALUES"
            " (%s, %s, 'text', jsonb_build_object('text', %s::text), now() - %s::interval)",
            thread_id,
            ada,
            text,
            age,
        )
    tab = open_as(ada, f"/?thread={thread_id}")
    times = tab.locator("time[datetime]")
    expect(times).to_have_text(["yesterday", "5 min. ago", "now"])
    assert all(time.get_attribute("title") for time in times.all())
