"""The page of events: what it shows of its address, and what choosing puts there."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.explore import search
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import create_thread
from burn_core.users import User
from db.connection import begin
from db.schema import Json
from pages.ui.shared import browse
from pages.ui.shared.address import LONGEST_TEXT
from pages.ui.shared.filter import find_value
from tests.making import Hand
from tests.pages.conftest import OpenPage, list_events
from tests.pages.test_panel import read_queries, type_all

PAGE = "events.py"


@pytest.fixture
def theirs(engine: Engine, hand: Hand) -> UUID:
    """A thread that ada isn't in."""
    with begin(engine) as session:
        bob = sign_in(session, uuid4(), "bob")
        thread_id = create_thread(session, bob.id, "Bob's secret").id
    hand.say(thread_id, bob.id, "a secret")
    return thread_id


def list_lines(page: AppTest) -> list[tuple[str, str]]:
    return [(row["author"], row["words"]) for row in list_events(page)]


def read_seq(row: Json) -> int:
    return int(row["seq"].removeprefix("#"))


def say_lines(hand: Hand, thread_id: UUID, user_id: UUID, lines: Sequence[str]) -> None:
    for line in lines:
        hand.say(thread_id, user_id, line)


def list_texts(page: AppTest) -> str:
    elements = [*page.markdown, *page.caption, *page.warning, *page.text]
    return "\n".join(element.value for element in elements)


def test_your_events_are_there_newest_first(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID, theirs: UUID
) -> None:
    hand.say(thread_id, ada.id, "I like\n*chess*")
    used = hand.use_tool(thread_id, "sarah", "ask_user_about_themselves", question="Why?")
    page = open_page(PAGE)
    assert list_lines(page) == [
        ("sarah", 'ask_user_about_themselves {"question": "Why?"}'),
        ("ada", "I like *chess*"),
        ("ada", "created"),
    ]
    row = list_events(page)[0]
    assert (row["key"], row["seq"], row["type"]) == (str(used), "#3", "tool_use")
    assert [link["address"] for link in row["links"]] == [f"?event={used}", f"/?thread={thread_id}"]
    assert '"question": "Why?"' in row["detail"]
    assert "**3** events match" in list_texts(page)
    assert "Choose one thread" in list_texts(page)
    assert "secret" not in str(page)


def test_oldest_first_is_the_other_way_round(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    say_lines(hand, thread_id, ada.id, ["one", "two"])
    page = open_page(PAGE, order="oldest")
    assert [words for _, words in list_lines(page)] == ["created", "one", "two"]
    page.selectbox(key="events-order").set_value("newest").run()
    assert [words for _, words in list_lines(page)] == ["two", "one", "created"]
    assert "order" not in page.query_params


def test_the_address_holds_the_filter(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    say_lines(hand, thread_id, ada.id, ["It's “grün”, isn't it?", "plain"])
    hand.use_tool(thread_id, "sarah", "do_nothing")
    for query, wanted in (
        ({"words": "it's grün,"}, ["It's “grün”, isn't it?"]),
        ({"type": ["system", "tool_use"]}, ["do_nothing {}", "created"]),
        ({"tool": "do_nothing"}, ["do_nothing {}"]),
        ({"author": str(ada.id), "type": "text"}, ["plain", "It's “grün”, isn't it?"]),
        ({"thread": str(thread_id), "words": "plain"}, ["plain"]),
        ({"since": "2001-01-01T00:00:00Z", "words": "plain"}, ["plain"]),
        ({"until": "2001-01-01T00:00:00Z"}, []),
    ):
        page = open_page(PAGE, **query)
        assert [words for _, words in list_lines(page)] == wanted, query
        assert not page.warning, query


def test_a_choice_goes_into_the_address(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    say_lines(hand, thread_id, ada.id, ["one", "two"])
    page = open_page(PAGE)
    types = page.multiselect(key="events-type")
    assert types.options == ["text · 2", "system · 1"]
    types.set_value(["text"]).run()
    assert not page.exception
    assert page.query_params["type"] == "text"
    assert [words for _, words in list_lines(page)] == ["two", "one"]
    assert page.multiselect(key="events-type").options == ["text", "system · 1"]
    page.text_input(key="events-words").set_value("tw").run()
    assert page.query_params["words"] == "tw"
    assert list_lines(page) == [("ada", "two")]
    page.text_input(key="events-words").set_value("").run()
    page.multiselect(key="events-type").set_value([]).run()
    assert "type" not in page.query_params
    assert "words" not in page.query_params
    assert len(list_lines(page)) == 3


def test_a_chosen_value_that_no_event_has_stays_an_option(
    open_page: OpenPage, ada: User, thread_id: UUID
) -> None:
    page = open_page(PAGE, tool="juggle", type="text")
    assert list_events(page) == []
    assert page.multiselect(key="events-tool").value == ["juggle"]
    assert page.multiselect(key="events-type").value == ["text"]


def test_threads_with_the_same_name_can_be_told_apart(
    open_page: OpenPage, engine: Engine, ada: User, thread_id: UUID
) -> None:
    with begin(engine) as session:
        other = create_thread(session, ada.id, "Untitled thread 1").id
    options = open_page(PAGE).multiselect(key="events-thread").options
    assert set(options) == {f"Untitled thread 1 ({str(id)[:8]}) · 1" for id in (thread_id, other)}


@pytest.mark.parametrize(
    "query",
    [
        {"thread": "nonsense"},
        {"thread": "5E2D0A54-0000-4000-8000-000000000000"},
        {"type": "nonsense"},
        {"author": "nonsense"},
        {"since": "yesterday"},
        {"until": "0001-01-01T00:00:00+14:00"},
        {"order": "sideways"},
        {"after": "nonsense"},
    ],
)
def test_an_address_that_is_not_understood_does_no_harm(
    open_page: OpenPage, ada: User, thread_id: UUID, query: dict[str, str]
) -> None:
    page = open_page(PAGE, **query)
    assert list_lines(page) == [("ada", "created")]
    (name,) = query
    assert page.warning[0].value.endswith(f"not understood and is ignored: {name}.")


@pytest.mark.parametrize("words", ["'", "!!!", "a\\", "x" * 5_000, "<b> & | :*", "%"])
def test_odd_words_are_searched_for_as_they_are(
    open_page: OpenPage, ada: User, thread_id: UUID, words: str
) -> None:
    for query in ({"words": words}, {"tool": words}, {"words": words, "tool": words}):
        page = open_page(PAGE, **query)
        assert not page.warning
        assert "**0** events match" in list_texts(page)
        assert page.text_input(key="events-words").value == query.get("words", "")[:LONGEST_TEXT]


def test_a_word_that_nobody_can_type_is_left_out(
    open_page: OpenPage, ada: User, thread_id: UUID
) -> None:
    page = open_page(PAGE, words="\0", tool="\0")
    assert list_lines(page) == [("ada", "created")]
    assert page.text_input(key="events-words").value == ""


def test_ids_from_other_peoples_threads_show_nothing(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID, theirs: UUID
) -> None:
    bob, secret = hand.type("SELECT user_id, id FROM events WHERE data->>'text' = 'a secret'")[0]
    for query in ({"thread": theirs}, {"author": bob}, {"event": secret}, {"after": secret}):
        page = open_page(PAGE, **{name: str(id) for name, id in query.items()})
        assert "secret" not in str(page), query
        assert "bob" not in str(page), query
    assert page.warning
    page = open_page(PAGE, event=str(secret))
    assert "This event is gone, or not visible to you." in list_texts(page)
    assert len(list_events(page)) == 1


def test_pages_follow_each_other(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    say_lines(hand, thread_id, ada.id, [f"line {number}" for number in range(250)])
    page = open_page(PAGE)
    seen = [read_seq(row) for row in list_events(page)]
    assert len(seen) == 100
    while not page.button(key="events-next").disabled:
        page.button(key="events-next").click().run()
        assert not page.exception
        seen += [read_seq(row) for row in list_events(page)]
        assert len(seen) <= 251
    assert seen == list(range(251, 0, -1))
    page.button(key="events-back").click().run()
    assert [read_seq(row) for row in list_events(page)] == list(range(151, 51, -1))
    page.button(key="events-next").click().run()
    page.button(key="events-first").click().run()
    assert read_seq(list_events(page)[0]) == 251
    assert "after" not in page.query_params
    assert page.button(key="events-back").disabled


def test_new_events_push_nothing_off_the_page(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    say_lines(hand, thread_id, ada.id, [f"line {number}" for number in range(150)])
    page = open_page(PAGE)
    before = [read_seq(row) for row in list_events(page)]
    say_lines(hand, thread_id, ada.id, [f"more {number}" for number in range(20)])
    page.run()
    assert [read_seq(row) for row in list_events(page)] == [*range(171, 151, -1), *before]
    say_lines(hand, thread_id, ada.id, [f"many {number}" for number in range(400)])
    page.run()
    assert [read_seq(row) for row in list_events(page)] == list(range(571, 471, -1))


def test_where_counting_stops_the_page_says_so(
    open_page: OpenPage,
    hand: Hand,
    ada: User,
    thread_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (search, browse):
        monkeypatch.setattr(module, "COUNTED", 5)
    say_lines(hand, thread_id, ada.id, [f"line {number}" for number in range(9)])
    texts = list_texts(open_page(PAGE))
    assert "**5+** events match" in texts
    assert "Counting stops at 5: the filters cover the newest 5 matches." in texts


def test_one_event_comes_with_its_run_and_facts(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    said = hand.say(thread_id, ada.id, "I like chess")
    used = hand.use_tool(thread_id, "sarah", "extract_facts", facts=[])
    run_id = hand.begin_run(thread_id, "sarah", "done")
    hand.type(
        "UPDATE runs SET tool_use_event_id = %s, prompt_sha256 = 'abcdef' WHERE id = %s",
        used,
        run_id,
    )
    hand.type(
        "INSERT INTO facts (thread_id, subject_id, source_event_id, tool_use_event_id, predicate,"
        " object) VALUES (%s, %s, %s, %s, 'likes', '*chess*')",
        thread_id,
        ada.id,
        said,
        used,
    )
    page = open_page(PAGE, event=str(used))
    assert "sarah" in list_texts(page)
    assert "**Facts that it noted**" in list_texts(page)
    run = page.table[0].value
    assert "abcdef" in run.to_string()
    assert "somebody spoke" in run.to_string()
    assert '"name": "extract_facts"' in page.json[0].value
    page = open_page(PAGE, event=str(said))
    assert "**Facts drawn from it**" in list_texts(page)
    assert "None: a person wrote it." in list_texts(page)


def test_one_thread_has_a_timeline(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    hand.use_tool(thread_id, "sarah", "do_nothing")
    hand.begin_run(thread_id, "sarah", "silent")
    hand.begin_run(thread_id, "sarah")
    page = open_page(PAGE, thread=str(thread_id), words="nothing")
    words = next(it.value for it in page.caption if it.value.startswith("Points are events"))
    assert words.startswith("Points are events: 1 tool_use, 1 system.")
    assert "1 silent" in words
    assert "1 running" in words
    assert page.get("vega_lite_chart")


def test_each_panel_has_its_query(
    open_page: OpenPage, hand: Hand, url: str, ada: User, thread_id: UUID, theirs: UUID
) -> None:
    for number in range(3):
        hand.say(thread_id, ada.id, f"It's {number} % of :all \\ 'that'")
    used = hand.use_tool(thread_id, "sarah", "do_nothing")
    hand.begin_run(thread_id, "sarah", "silent")
    page = open_page(PAGE, thread=str(thread_id), words="it's that", event=str(used))
    rows = {panel: type_all(url, typed) for panel, typed in read_queries(page).items()}
    (events,) = rows["Events"]
    assert [str(row["id"]) for row in events] == [row["key"] for row in list_events(page)]
    assert len(events) == 3
    (count,), *facets = rows["Counts"]
    assert list(count.values()) == [3]
    assert [[(row["label"], row["rows"]) for row in facet] for facet in facets] == [
        [("Untitled thread 1", 3)],
        [("text", 3)],
        [("ada", 3)],
        [],
    ]
    moments, spans = rows["Timeline"]
    assert [row["what"] for row in moments] == ["do_nothing", "text", "text", "text", "created"]
    assert [row["status"] for row in spans] == ["silent"]
    about_it = [code.value for code in page.code if str(used) in code.value]
    (event,), run, facts = type_all(url, about_it)
    assert (event["id"], run, facts) == (used, [], [])


def test_an_option_is_recognized_by_the_label_it_had_a_moment_ago() -> None:
    options = {"a": "text", "b": "two · 2", "c": "two · 2 · 1,204", "d": "odd · name"}
    assert find_value("b", options) == "b"
    assert find_value("two · 17", options) == "b"
    assert find_value("two · 2 · 1,205", options) == "c"
    assert find_value("text · 9", options) == "a"
    assert find_value("odd · name", options) == "d"
    assert find_value("gone · 1", options) is None
