"""A thread's page: what it shows, and what typing does."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from burn_core.room.memberships import find_member
from burn_core.room.sign_in import sign_in
from burn_core.room.threads import create_thread
from burn_core.users import User
from db.connection import begin
from tests.making import Hand
from tests.pages.conftest import (
    MAIN,
    OpenPage,
    list_badges,
    list_links,
    list_stored,
    list_tables,
    list_words,
)


def use_tool(hand: Hand, thread_id: UUID, agent: str, name: str, input: str) -> None:
    hand.type(
        "INSERT INTO events (thread_id, user_id, type, data)"
        " SELECT %s, id, 'tool_use', jsonb_build_object('id', 't', 'name', %s::text,"
        " 'input', %s::jsonb) FROM users WHERE name = %s",
        thread_id,
        name,
        input,
        agent,
    )


def test_people_without_threads_can_start_one(open_page: OpenPage, ada: User) -> None:
    page = open_page()
    assert page.title[0].value == "Welcome, ada"
    page.button(key="start").click().run()
    assert not page.exception
    assert "thread" in page.query_params
    assert page.chat_input


def test_the_newest_thread_opens_by_default(
    open_page: OpenPage, engine: Engine, ada: User, thread_id: UUID
) -> None:
    with begin(engine) as session:
        newest = create_thread(session, ada.id).id
    assert open_page().query_params["thread"] == str(newest)


def test_text_is_posted_and_shown_as_typed(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    page = open_page(thread=str(thread_id))
    typed = "I like *chess*\n<script>alert(1)</script> :material/home: $x$"
    page.chat_input[0].set_value(typed).run()
    assert not page.exception
    assert typed in list_words(page)
    assert hand.value("SELECT data->>'text' FROM events WHERE type = 'text'") == typed


def test_tool_uses_are_shown_in_words(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    ask = '{"subject": "%s", "question": "%s"}'
    fact = f'{{"subject": "{ada.id}"}}'
    use_tool(hand, thread_id, "sarah", "ask_user_about_themselves", ask % (ada.id, "First?"))
    use_tool(hand, thread_id, "sarah", "ask_user_about_themselves", ask % (ada.id, "Second?"))
    use_tool(hand, thread_id, "sarah", "extract_facts", f'{{"facts": [{fact}, {fact}]}}')
    use_tool(hand, thread_id, "sarah", "extract_facts", f'{{"facts": [{fact}]}}')
    use_tool(hand, thread_id, "sarah", "do_nothing", "{}")
    use_tool(hand, thread_id, "jerry", "roast_user", f'{{"subject": "{ada.id}", "roast": "Ha."}}')
    page = open_page(thread=str(thread_id))
    assert list_words(page)[1:] == [
        "Hi @ada, First?",
        "Second?",
        "extracted 2 facts about @ada",
        "extracted 1 fact about @ada",
        "Ha.",
    ]
    assert list_badges(page) == {"ask_user_about_themselves", "roast_user"}


@pytest.mark.parametrize(
    ("input", "words"),
    [
        ("{}", "Hi @somebody, "),
        ('{"subject": 1, "question": null}', "Hi @somebody, None"),
        ('{"subject": "nobody", "question": "?"}', "Hi @somebody, ?"),
    ],
)
def test_malformed_tool_uses_are_shown_as_far_as_they_make_sense(
    open_page: OpenPage, hand: Hand, thread_id: UUID, input: str, words: str
) -> None:
    use_tool(hand, thread_id, "sarah", "ask_user_about_themselves", input)
    use_tool(hand, thread_id, "sarah", "extract_facts", '{"facts": [1, {}, {"subject": 2}]}')
    use_tool(hand, thread_id, "sarah", "extract_facts", '{"facts": 5}')
    use_tool(hand, thread_id, "sarah", "juggle", "{}")
    assert list_words(open_page(thread=str(thread_id)))[1:] == [
        words,
        "extracted 1 fact about @somebody",
        "extracted ",
    ]


def test_the_understudy_is_labelled(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    use_tool(hand, thread_id, "jerry", "roast_user", f'{{"subject": "{ada.id}", "roast": "Ha."}}')
    assert list_badges(open_page(thread=str(thread_id))) == {"roast_user"}
    hand.type(
        "INSERT INTO runs (thread_id, user_id, agent_id, from_seq, to_seq, status, reason, model,"
        " tool_use_event_id) SELECT e.thread_id, e.user_id, a.id, 1, 1, 'done', '', 'understudy',"
        " e.id FROM events e JOIN agents a ON a.user_id = e.user_id WHERE e.type = 'tool_use'"
    )
    page = open_page(thread=str(thread_id))
    assert list_badges(page) == {"roast_user", "understudy, no API key"}
    assert list_stored(page, "model") == [{"name": "understudy"}]


def test_the_computer_shows_the_rows(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    source = hand.say(thread_id, ada.id, "I like chess")
    hand.type(
        "INSERT INTO facts (thread_id, subject_id, source_event_id, predicate, object)"
        " VALUES (%s, %s, %s, 'likes', 'chess')",
        thread_id,
        ada.id,
        source,
    )
    hand.type(
        "INSERT INTO runs (thread_id, user_id, agent_id, from_seq, to_seq, status, reason)"
        " SELECT %s, user_id, id, 1, 2, 'silent', 'too early' FROM agents WHERE rule = 'opener'",
        thread_id,
    )
    page = open_page(thread=str(thread_id))
    facts, events, runs = list_tables(page)
    assert facts[0]["cells"] == ["ada", "likes", "chess"]
    assert facts[0]["mark"] == {"level": "high", "title": "confidence 0.8"}
    assert [row["cells"][:2] for row in events] == [["2", "ada"], ["1", "ada"]]
    assert json.loads(events[0]["detail"]) == {"text": "I like chess"}
    assert runs[0]["cells"] == ["jerry", "silent", "too early", ""]
    assert json.loads(runs[0]["detail"])["events"] == "1–2"
    states = {row["name"]: (row["status"], row["is_due"]) for row in list_stored(page, "agents")}
    assert states["sarah"] == (None, True)


def test_non_members_see_only_an_invitation(
    open_page: OpenPage, engine: Engine, hand: Hand, ada: User
) -> None:
    with begin(engine) as session:
        bob = sign_in(session, uuid4(), "bob")
        theirs = create_thread(session, bob.id, "Bob's").id
    hand.say(theirs, bob.id, "a secret")
    key = hand.value("SELECT invitation_key FROM threads WHERE id = %s", theirs)
    page = open_page(thread=str(theirs), invite=str(key))
    assert page.title[0].value == "You are invited"
    assert "a secret" not in str(page.main)
    assert not list_tables(page)
    assert any("You will be roasted" in mark.value for mark in page.markdown)
    page.button(key="join").click().run()
    assert not page.exception
    assert "a secret" in list_words(page)
    assert page.query_params == {"thread": str(theirs)}
    with begin(engine) as session:
        assert find_member(session, theirs, ada.id) is not None


@pytest.mark.parametrize("thread", ["", "nonsense", "5e2d0a54-0000-4000-8000-000000000000"])
def test_a_missing_thread_is_explained(open_page: OpenPage, ada: User, thread: str) -> None:
    assert open_page(thread=thread).title[0].value == "Thread not found"


@pytest.mark.parametrize("invite", ["", "nonsense", "{thread}", "{other}", "{upper}", "{old}"])
@pytest.mark.parametrize("script", ["", "projector.py"])
def test_an_id_without_its_key_tells_as_little_as_an_id_of_no_thread(
    open_page: OpenPage, hand: Hand, ada: User, invite: str, script: str
) -> None:
    theirs, other = (hand.make_thread(hand.make_user(name)) for name in ("bob", "eve"))
    read_key = "SELECT invitation_key FROM threads WHERE id = %s"
    old = hand.value(read_key, theirs)
    hand.type("UPDATE threads SET name = 'a secret', invitation_key = gen_random_uuid()")
    new = hand.value(read_key, theirs)
    forms = {"thread": theirs, "other": hand.value(read_key, other), "upper": str(new).upper()}
    query = {"invite": invite.format(**forms, old=old)} if invite else {}
    page = open_page(script, thread=str(theirs), **query)
    nowhere = open_page(script, thread=str(uuid4()), **query)
    assert page.title[0].value == nowhere.title[0].value
    assert page.main.markdown[0].value == nowhere.main.markdown[0].value
    assert page.title[0].value == (
        "This invite link doesn't work" if invite else "Thread not found"
    )
    assert "sk somebody in" in page.main.markdown[0].value
    assert "a secret" not in str(page)
    assert not page.button or "join" not in {button.key for button in page.button}
    missing = open_page(script, thread="5e2d0a54-0000-4000-8000-000000000000", **query)
    assert [it.value for it in missing.main.markdown] == [it.value for it in page.main.markdown]


@pytest.mark.parametrize("form", ["{upper}", "{hex}", "{{{id}}}", "urn:uuid:{id}"])
def test_an_odd_spelling_of_an_id_is_refused_at_once(
    open_page: OpenPage, thread_id: UUID, form: str
) -> None:
    odd = form.format(id=thread_id, upper=str(thread_id).upper(), hex=thread_id.hex)
    assert open_page(thread=odd).title[0].value == "Thread not found"
    assert open_page("projector.py", thread=odd).title[0].value == "Thread not found"


def test_a_member_who_opens_an_invite_link_keeps_only_their_own(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    key = hand.value("SELECT invitation_key FROM threads WHERE id = %s", thread_id)
    page = open_page(thread=str(thread_id), invite=str(key))
    assert page.query_params == {"thread": str(thread_id)}
    assert page.chat_input


def test_who_was_removed_reads_that_and_cant_join_with_the_link(
    open_page: OpenPage, hand: Hand, ada: User
) -> None:
    bob = hand.make_user("bob")
    theirs = hand.make_thread(bob, ada.id)
    hand.say(theirs, bob, "a secret")
    key = hand.value("SELECT invitation_key FROM threads WHERE id = %s", theirs)
    page = open_page(thread=str(theirs))
    assert "a secret" in list_words(page)
    hand.remove(theirs, bob, ada.id)
    for query in ({}, {"invite": str(key)}):
        page = open_page(thread=str(theirs), **query)
        assert page.title[0].value == "You were removed from this thread"
        assert "If they let you back in" in page.main.markdown[0].value
        assert "a secret" not in str(page)
        assert "join" not in {button.key for button in page.button}
    hand.act(theirs, bob, "let_in", ada.id)
    assert open_page(thread=str(theirs)).title[0].value == "Thread not found"
    page = open_page(thread=str(theirs), invite=str(key))
    page.button(key="join").click().run()
    assert "a secret" in list_words(page)
    assert any("let ada join again" in words for words in list_words(page))


def test_somebody_removed_while_they_look_at_an_invitation_stays_out(
    open_page: OpenPage, hand: Hand, ada: User
) -> None:
    bob = hand.make_user("bob")
    theirs = hand.make_thread(bob)
    key = hand.value("SELECT invitation_key FROM threads WHERE id = %s", theirs)
    page = open_page(thread=str(theirs), invite=str(key))
    hand.act(theirs, bob, "removed", ada.id)
    page.button(key="join").click().run()
    assert "Its owner can let you back in" in page.toast[0].value
    assert page.title[0].value == "You were removed from this thread"
    assert hand.type("SELECT 1 FROM memberships WHERE user_id = %s", ada.id) == []


def test_the_key_is_on_the_pages_of_members_alone(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    bobs = hand.make_thread(hand.make_user("bob"))
    hand.type("UPDATE threads SET spectator_key = gen_random_uuid()")
    keys = dict(hand.type("SELECT id, invitation_key FROM threads"))
    watched = str(hand.value("SELECT spectator_key FROM threads WHERE id = %s", bobs))
    assert str(keys[thread_id]) in str(list_protos(open_page(thread=str(thread_id))))
    for page in (
        open_page("watch.py", key=watched),
        open_page("projector.py", thread=str(bobs), key=watched),
        open_page(thread=str(bobs), key=watched),
    ):
        assert str(keys[bobs]) not in str(list_protos(page))
    assert open_page("projector.py", thread=str(bobs), key=watched).title[0].value == (
        "Thread not found"
    )


def list_protos(page: AppTest) -> list[object]:
    """Everything that the page sends to the browser."""
    nodes: list[Any] = [*page._tree]
    return [getattr(node, "proto", None) for node in nodes]


def test_earlier_messages_are_shown_on_request(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    for number in range(120):
        hand.say(thread_id, ada.id, f"message {number}")
    page = open_page(thread=str(thread_id))
    assert "message 119" in list_words(page)
    assert "message 70" in list_words(page)
    assert "message 69" not in list_words(page)
    page.button(key="earlier").click().run()
    assert {f"message {number}" for number in range(120)} <= set(list_words(page))


def test_a_new_thread_is_opened(open_page: OpenPage, thread_id: UUID) -> None:
    page = open_page(thread=str(thread_id))
    page.button(key="new").click().run()
    assert not page.exception
    assert page.query_params["thread"] != str(thread_id)
    names = [link["name"] for link in list_links(page)]
    assert names == ["Untitled thread 2", "Untitled thread 1"]


def test_in_the_memory_people_can_say_whether_what_is_about_them_is_so(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    bob = hand.make_user("bob")
    hand.join(thread_id, bob)
    hand.learn(thread_id, bob, "likes", "tea", 0.9)
    page = open_page(thread=str(thread_id))
    assert not [box for box in page.selectbox if box.key == "own-facts"]
    hand.learn(thread_id, ada.id, "likes", "chess", 0.9)
    hand.say(thread_id, ada.id, "Chess, as I said")
    page = open_page(thread=str(thread_id))
    box = page.selectbox(key="own-facts")
    assert box.options == ["likes chess"]
    box.select("likes chess").run()
    fact_id = hand.value("SELECT id FROM facts WHERE object = 'chess'")
    page.button(key=f"dispute-memory-{fact_id}").click().run()
    assert "ada disputed a fact about them: agents won't take it for true" in list_words(page)
    page.button(key=f"forget-for-good-memory-{fact_id}").click().run()
    assert not page.exception
    assert "ada had something about them forgotten" in list_words(page)
    assert (
        "ada: these words were forgotten, as the person whom they were about wished"
        in list_words(page)
    )
    assert not [box for box in page.selectbox if box.key == "own-facts"]


def test_an_old_message_whose_words_are_forgotten_changes_in_open_tabs(
    open_page: OpenPage, hand: Hand, ada: User, thread_id: UUID
) -> None:
    hand.say(thread_id, ada.id, "I like chess")
    hand.learn(thread_id, ada.id, "likes", "chess", 0.9)
    for number in range(30):
        hand.say(thread_id, ada.id, f"More {number}")
    page = open_page(thread=str(thread_id))
    assert "I like chess" in list_words(page)
    assert list_stored(page, "history") == [{"at": None}]
    fact_id = hand.value("SELECT id FROM facts")
    page.selectbox(key="own-facts").select("likes chess").run()
    page.button(key=f"forget-for-good-memory-{fact_id}").click().run()
    assert "I like chess" not in list_words(page)
    assert list_stored(page, "history") != [{"at": None}]


def test_what_is_said_as_a_tab_comes_from_a_web_process_that_died_is_posted_once(
    open_page: OpenPage, hand: Hand, thread_id: UUID
) -> None:
    before = open_page(thread=str(thread_id))
    before.chat_input[0].set_value("still here")
    page = AppTest.from_file(str(MAIN), default_timeout=20)
    page.query_params["thread"] = str(thread_id)
    page._run(before._tree.get_widget_states())  # the first of this process's session
    page.chat_input[0].set_value("and now").run()
    assert not page.exception
    said = hand.type("SELECT data->>'text' FROM events WHERE type = 'text' ORDER BY seq")
    assert said == [("still here",), ("and now",)]
