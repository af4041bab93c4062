"""The page of facts: what the address asks for is shown, and nothing of others' threads."""

import json
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.context import render
from burn_core.room.cookies import Cookies
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import create_thread
from burn_core.snapshot import load_snapshot
from burn_core.users import User
from db.connection import begin
from pages.ui.shared.address import LONGEST_TEXT
from tests.making import Hand
from tests.pages.conftest import MAIN, OpenPage

OpenFacts = Callable[..., AppTest]
NASTY = 'it\'s "5%", *a*\\b & <c>'


@pytest.fixture
def open_facts(open_page: OpenPage) -> OpenFacts:
    def open_facts(**query: str | list[str]) -> AppTest:
        return open_page("facts.py", **query)

    return open_facts


@pytest.fixture
def facts(hand: Hand, ada: User, thread_id: UUID) -> None:
    for predicate, object, category, confidence, disputed in [
        ("likes", "chess", "hobby", 0.9, False),
        ("likes", "cheese", "food", 0.5, True),
        ("hates", "Ölsardinen", "food", 0.3, False),
        ("collects", NASTY, NASTY, 0.8, False),
    ]:
        learn(hand, thread_id, ada.id, predicate, object, category, confidence, disputed)


def learn(
    hand: Hand,
    thread_id: UUID,
    subject_id: UUID,
    predicate: str = "likes",
    object: str = "chess",
    category: str = "hobby",
    confidence: float = 0.8,
    disputed: bool = False,
) -> UUID:
    learned: UUID = hand.value(
        "INSERT INTO facts (thread_id, subject_id, predicate, object, category, confidence,"
        " disputed) VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id",
        thread_id,
        subject_id,
        predicate,
        object,
        category,
        confidence,
        disputed,
    )
    return learned


def read_address(page: AppTest) -> dict[str, str]:
    values = {name: page.query_params[name] for name in page.query_params}
    return {name: it if isinstance(it, str) else ",".join(it) for name, it in values.items()}


def list_objects(page: AppTest) -> list[str]:
    objects: list[str] = page.dataframe[0].value["object"].tolist()
    return objects


def list_words(page: AppTest) -> str:
    elements = [*page.markdown, *page.caption, *page.text, *page.warning, *page.info]
    return "\n".join(str(element.value) for element in elements)


@pytest.mark.usefixtures("facts")
def test_facts_are_shown_newest_first_and_counted(open_facts: OpenFacts) -> None:
    page = open_facts()
    assert list_objects(page) == [NASTY, "Ölsardinen", "cheese", "chess"]
    assert "**4** facts match" in list_words(page)
    assert page.multiselect(key="facts-category").options == [
        "food · 2",
        "hobby · 1",
        f"{NASTY} · 1",
    ]


@pytest.mark.usefixtures("facts")
@pytest.mark.parametrize(
    ("query", "objects"),
    [
        ({"category": "food"}, ["Ölsardinen", "cheese"]),
        ({"category": ["food", "hobby"]}, ["Ölsardinen", "cheese", "chess"]),
        ({"category": NASTY}, [NASTY]),
        ({"predicate": "likes", "words": "CHE"}, ["cheese", "chess"]),
        ({"words": "ölsard"}, ["Ölsardinen"]),
        ({"disputed": "yes"}, ["cheese"]),
        ({"disputed": ["yes", "no"]}, [NASTY, "Ölsardinen", "cheese", "chess"]),
        ({"least": "0.5", "most": "0.8"}, [NASTY, "cheese"]),
        ({"least": "0.8", "most": "0.5"}, [NASTY, "cheese"]),
        ({"sort": "confidence"}, ["chess", NASTY, "cheese", "Ölsardinen"]),
        ({"sort": "confidence", "order": "ascending"}, ["Ölsardinen", "cheese", NASTY, "chess"]),
        ({"category": "nothing like that"}, []),
    ],
)
def test_the_address_says_which_facts_are_shown(
    open_facts: OpenFacts, query: dict[str, str | list[str]], objects: list[str]
) -> None:
    page = open_facts(**query)
    assert list_objects(page) == objects
    assert not page.warning


@pytest.mark.usefixtures("facts")
def test_a_choice_goes_into_the_address(open_facts: OpenFacts) -> None:
    page = open_facts()
    page.multiselect(key="facts-category").select("food · 2").run()
    assert read_address(page) == {"category": "food"}
    assert list_objects(page) == ["Ölsardinen", "cheese"]
    page.multiselect(key="facts-predicate").select("hates · 1").run()
    page.multiselect(key="facts-disputed").select("no · 1").run()
    page.text_input(key="facts-words").set_value(" Ölsard ").run()
    page.slider(key="facts-confidence").set_value((0.2, 0.9)).run()
    page.selectbox(key="facts-sort").select("Sort by object").run()
    assert not page.exception
    assert list_objects(page) == ["Ölsardinen"]
    assert read_address(page) == {
        "category": "food",
        "predicate": "hates",
        "disputed": "no",
        "words": "Ölsard",
        "least": "0.2",
        "most": "0.9",
        "sort": "object",
    }
    page.multiselect(key="facts-category").set_value([]).run()
    assert "category" not in page.query_params


@pytest.mark.usefixtures("facts")
def test_a_choice_stays_when_no_fact_has_it_any_longer(open_facts: OpenFacts, hand: Hand) -> None:
    page = open_facts(category="food", disputed="yes")
    hand.type("DELETE FROM facts WHERE category = 'food'")
    page = open_facts(category="food", disputed="yes")
    assert "food" in page.multiselect(key="facts-category").options
    assert page.multiselect(key="facts-category").value == ["food"]
    assert page.multiselect(key="facts-disputed").value == ["yes"]


@pytest.mark.parametrize(
    "query",
    [
        {"thread": "nonsense"},
        {"subject": "'; DROP TABLE facts --"},
        {"least": "NaN"},
        {"most": "7"},
        {"sort": "password_hash"},
        {"order": "sideways"},
        {"disputed": "maybe"},
        {"after": "1"},
        {"fact": "x"},
        {"view": "backwards"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("facts")
def test_what_is_not_understood_in_the_address_is_ignored_and_named(
    open_facts: OpenFacts, query: dict[str, str]
) -> None:
    page = open_facts(**query)
    assert len(list_objects(page)) == 4
    assert page.warning[0].value.endswith(f"not understood and is ignored: {next(iter(query))}.")


@pytest.mark.parametrize("text", ["\0", "x" * 100_000, "'\"\\%s:a{}", "&|!<->:*()"])
@pytest.mark.usefixtures("facts")
def test_the_address_can_hold_any_text(open_facts: OpenFacts, text: str) -> None:
    page = open_facts(category=text, predicate=text, words=text, after=str(uuid4()))
    # Nobody can type the first, so it is left out.
    taken = text.replace("\0", "")[:LONGEST_TEXT]
    assert f"**{0 if taken else 4}** facts match" in [each.value for each in page.markdown]
    assert page.text_input(key="facts-words").value == taken
    for name in ("category", "predicate"):
        assert page.multiselect(key=f"facts-{name}").value == ([taken] if taken else [])
    assert page.warning[0].value.endswith("This is the first page.")


def test_other_peoples_threads_are_not_shown(
    open_facts: OpenFacts, engine: Engine, hand: Hand, ada: User, thread_id: UUID
) -> None:
    with begin(engine) as session:
        bob = sign_in(session, uuid4(), "bob")
        theirs = create_thread(session, bob.id, "Bob's secret thread").id
    secret = learn(hand, theirs, ada.id, object="a secret")
    for query in [
        {},
        {"thread": str(theirs)},
        {"subject": str(bob.id)},
        {"fact": str(secret)},
        {"after": str(secret)},
        {"view": "charts"},
        {"view": "graph"},
    ]:
        page = open_facts(**query)
        assert "secret" not in str(page.main)
        assert "bob" not in str(page.main)
        assert not page.dataframe or "a secret" not in list_objects(page)
    page = open_facts(thread=str(theirs))
    assert "not visible to you" in page.multiselect(key="facts-thread").options
    page = open_facts(fact=str(secret))
    assert "not visible to you" in page.info[0].value


def test_pages_go_on_and_back(
    open_facts: OpenFacts, hand: Hand, ada: User, thread_id: UUID
) -> None:
    for number in range(45):
        learn(hand, thread_id, ada.id, object=f"thing {number:02}")
    page = open_facts(sort="object", order="ascending")
    first = list_objects(page)
    assert page.button(key="facts-back").disabled
    second = list_objects(page.button(key="facts-next").click().run())
    third = list_objects(page.button(key="facts-next").click().run())
    assert first + second + third == [f"thing {number:02}" for number in range(45)]
    assert page.button(key="facts-next").disabled
    assert list_objects(page.button(key="facts-back").click().run()) == second
    assert list_objects(page.button(key="facts-back").click().run()) == first
    assert "after" not in page.query_params


def test_a_page_keeps_its_place_when_facts_come_in(
    open_facts: OpenFacts, hand: Hand, ada: User, thread_id: UUID
) -> None:
    for number in range(30):
        learn(hand, thread_id, ada.id, object=f"thing {number:02}")
    page = open_facts()
    page.button(key="facts-next").click().run()
    before = list_objects(page)
    learn(hand, thread_id, ada.id, object="new")
    assert list_objects(page.run()) == before


def test_the_charts_and_the_graph_follow_the_filter(
    open_facts: OpenFacts, hand: Hand, ada: User, thread_id: UUID
) -> None:
    learn(hand, thread_id, ada.id, "likes", "cheese", "food", 0.5)
    learn(hand, thread_id, ada.id, "likes", 'a "chess" set', "hobby", 0.9)
    page = open_facts(view="charts", category="food")
    charts = [element.proto.alt for element in page.get("vega_lite_chart")]
    assert charts[1:] == [
        "Facts by confidence. 0.5: 1.",
        "Facts by subject. ada: 1.",
        "Facts by category. food: 1.",
    ]
    page = open_facts(view="graph", category="hobby")
    (graph,) = page.get("graphviz_chart")
    assert r'[label="a \"chess\" set"]' in graph.proto.spec
    assert "cheese" not in graph.proto.spec
    assert any("All 1 of the 1 facts" in caption.value for caption in page.caption)


def test_without_facts_everything_says_so(open_facts: OpenFacts, thread_id: UUID) -> None:
    for view in ("table", "charts", "graph"):
        assert not open_facts(view=view).exception
    assert "**0** facts match" in list_words(open_facts())


def test_the_path_of_a_fact_is_told(
    open_facts: OpenFacts, engine: Engine, hand: Hand, ada: User, thread_id: UUID
) -> None:
    source = hand.say(thread_id, ada.id, "I like *chess*")
    to_seq = hand.value("SELECT last_seq FROM threads WHERE id = %s", thread_id)
    recorded = use_tool(hand, thread_id, "sarah", "extract_facts", {"facts": []})
    hand.type(
        "INSERT INTO runs (thread_id, user_id, agent_id, from_seq, to_seq, status, reason, model,"
        " prompt_sha256, tool_use_event_id, input_tokens) SELECT %s, a.user_id, a.id, 1, %s,"
        " 'done', 'a person spoke', 'the-model', 'abc123', %s, 1234 FROM agents a"
        " JOIN users u ON u.id = a.user_id WHERE u.name = 'sarah'",
        thread_id,
        to_seq,
        recorded,
    )
    fact_id = hand.value(
        "INSERT INTO facts (thread_id, subject_id, source_event_id, tool_use_event_id, predicate,"
        " object) VALUES (%s, %s, %s, %s, 'likes', 'chess') RETURNING id",
        thread_id,
        ada.id,
        source,
        recorded,
    )
    use_tool(hand, thread_id, "jerry", "roast_user", {"roast": "Ha.", "facts": [str(fact_id)]})
    page = open_facts(fact=str(fact_id))
    titles = [expander.label for expander in page.expander]
    assert titles == [
        "ada said",
        "sarah ran because a person spoke",
        "Its prompt",
        "sarah wrote it down",
        "1 roast used it",
    ]
    words = list_words(page)
    assert "I like *chess*" in words
    assert "jerry: Ha." in words
    assert r"model the\-model" in words
    assert "tokens: 1,234 input" in words
    codes = [code.value for code in page.code]
    assert "abc123" in codes
    with begin(engine) as session:
        context = render(load_snapshot(session, thread_id, at=to_seq))
    assert context not in codes
    page.session_state[find_prompt_key(hand)] = True
    page.run()
    assert context in [code.value for code in page.code]
    assert any("version 1" in caption.value for caption in page.caption)


def test_a_fact_that_was_typed_says_so(
    open_facts: OpenFacts, hand: Hand, ada: User, thread_id: UUID
) -> None:
    page = open_facts(fact=str(learn(hand, thread_id, ada.id)))
    assert [expander.label for expander in page.expander] == [
        "No message said it",
        "No run wrote it down",
        "No roast used it yet",
    ]
    page.button(key="facts-close").click().run()
    assert "fact" not in page.query_params
    assert not page.expander


def test_a_thread_links_to_its_facts_for_members_only(
    open_page: OpenPage, hand: Hand, thread_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = f"(/facts?thread={thread_id})"
    assert any(link in mark.value for mark in open_page(thread=str(thread_id)).markdown)
    key = uuid4()
    hand.type("UPDATE threads SET spectator_key = %s", key)
    monkeypatch.setattr(Cookies, "read_cookie", lambda *_: None)
    watched = open_page("watch.py", key=str(key))
    assert any("**Memory**" in mark.value for mark in watched.markdown)
    assert not any(link in mark.value for mark in watched.markdown)


def test_nobody_sees_facts_without_signing_in(hand: Hand) -> None:
    thread_id = hand.make_thread(hand.make_user("bob"))
    learn(hand, thread_id, hand.value("SELECT id FROM users WHERE name = 'bob'"))
    page = AppTest.from_file(str(MAIN), default_timeout=20).run()
    page.switch_page("facts.py").run()
    assert not page.exception
    assert not page.dataframe


def use_tool(hand: Hand, thread_id: UUID, agent: str, name: str, input: object) -> UUID:
    used: UUID = hand.value(
        "INSERT INTO events (thread_id, user_id, type, data)"
        " SELECT %s, id, 'tool_use', jsonb_build_object('id', 't', 'name', %s::text, 'input',"
        " %s::jsonb) FROM users WHERE name = %s AND type = 'agent' RETURNING id",
        thread_id,
        name,
        json.dumps(input),
        agent,
    )
    return used


def find_prompt_key(hand: Hand) -> str:
    return f"prompt-{hand.value('SELECT id FROM runs')}"


BUTTONS = {"That's right", "That's wrong", "Forget it for good"}


def list_own_buttons(page: AppTest) -> set[str]:
    return {button.label for button in page.button} & BUTTONS


def test_only_whom_a_fact_is_about_sees_what_to_say_of_it(
    open_facts: OpenFacts, hand: Hand, ada: User, thread_id: UUID
) -> None:
    bob = hand.make_user("bob")
    hand.join(thread_id, bob)
    own, others = learn(hand, thread_id, ada.id), learn(hand, thread_id, bob)
    assert list_own_buttons(open_facts(fact=str(own))) == BUTTONS
    assert list_own_buttons(open_facts(fact=str(others))) == set()


def test_a_person_disputes_confirms_and_forgets_a_fact(
    open_facts: OpenFacts, hand: Hand, ada: User, thread_id: UUID
) -> None:
    said = hand.say(thread_id, ada.id, "I like chess")
    fact_id = learn(hand, thread_id, ada.id)
    hand.type("UPDATE facts SET source_event_id = %s", said)
    page = open_facts(fact=str(fact_id))
    page.button(key=f"dispute-path-{fact_id}").click().run()
    assert "disputed" in list_words(page)
    page.button(key=f"confirm-path-{fact_id}").click().run()
    assert "confirmed" in list_words(page)
    page.button(key=f"forget-for-good-path-{fact_id}").click().run()
    assert not page.exception
    words = list_words(page)
    assert "**ada** had this fact forgotten" in words
    assert "These words were forgotten" in words
    assert list_own_buttons(page) == set()
    assert "chess" not in words
    assert hand.type("SELECT data->>'text' FROM events WHERE id = %s", said) == [("",)]
    page = open_facts()
    assert "**0** facts match" in list_words(page)
