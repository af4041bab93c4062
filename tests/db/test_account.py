"""Deleting one's account, typed as the web process's role."""

from uuid import UUID

import psycopg
import pytest

from tests.access import WHO, Scene, make_scene
from tests.db.test_own_facts import committing, dump, learn
from tests.making import Hand

DELETE = "SELECT burn_delete_me()"
WORDS = "Zwiebelkuchen"


@pytest.fixture
def scene(url: str, cookie_key: str, hand: Hand) -> Scene:
    """In which bob, whom others will see go, is called wolfgang."""
    scene = make_scene(url, cookie_key)
    hand.type("UPDATE users SET name = 'wolfgang' WHERE name = 'bob'")
    return scene


def delete_account(scene: Scene, who: str) -> None:
    with committing(scene, who) as connection:
        connection.execute(DELETE.encode())


@pytest.mark.parametrize("who", WHO)
def test_people_delete_their_own_account_and_no_other(scene: Scene, hand: Hand, who: str) -> None:
    before = set(hand.type("SELECT name FROM users"))
    if who in ("spectator", "signed out", "nobody", "agent", "host"):  # hal is the only host
        with pytest.raises(psycopg.errors.CheckViolation):
            delete_account(scene, who)
        gone = set()
    else:
        delete_account(scene, who)
        gone = set(hand.type("SELECT name FROM users WHERE deleted_at IS NOT NULL"))
        assert len(gone) == 1
    assert len(before - set(hand.type("SELECT name FROM users"))) == len(gone)
    for theirs in ("ada", "zoe"):
        statement = "UPDATE users SET deleted_at = now() WHERE id = %(" + theirs + ")s"
        assert not scene.can_write("member", statement)


def test_their_words_and_their_name_are_in_no_table(url: str, scene: Scene, hand: Hand) -> None:
    thread_id, wolfgang, ada = scene.ids["thread"], scene.ids["bob"], scene.ids["ada"]
    learn(hand, thread_id, wolfgang, WORDS)
    hand.say(thread_id, wolfgang, "My secret Geheimnis")
    rumour = hand.say(thread_id, wolfgang, "Ada likes Sauerkraut")
    hand.type(
        "INSERT INTO facts (thread_id, subject_id, source_event_id, predicate, object, hearsay)"
        " VALUES (%s, %s, %s, 'likes', 'Sauerkraut', true)",
        *(thread_id, ada, rumour),
    )
    hand.use_tool(
        *(thread_id, "sarah", "ask_user_about_themselves"),
        subject=str(ada),
        question="Does Wolfgang owe you money?",
    )
    hand.act(thread_id, ada, "removed", wolfgang)
    hand.act(thread_id, ada, "let_in", wolfgang)
    hand.type("UPDATE threads SET name = 'For Wolfgang' WHERE id = %s", thread_id)
    hand.type("UPDATE users SET avatar_url = 'wolfgang.png' WHERE id = %s", wolfgang)
    before = hand.value("SELECT count(*) FROM events WHERE thread_id = %s", thread_id)
    delete_account(scene, "member")
    dumped = dump(url).lower()
    for words in ("wolfgang", WORDS.lower(), "geheimnis", "goat", "sauerkraut"):
        assert words not in dumped
    seqs = [
        seq
        for (seq,) in hand.type(
            "SELECT seq FROM events WHERE thread_id = %s ORDER BY seq", thread_id
        )
    ]
    assert seqs == list(range(1, before + 2))
    assert hand.value("SELECT data->>'text' FROM events WHERE user_id = %s LIMIT 1", ada) == (
        "said inside"
    )
    assert hand.type("SELECT * FROM sessions WHERE user_id = %s", wolfgang) == []


def list_rows_about_others(hand: Hand, thread_id: UUID) -> list[tuple[object, ...]]:
    return hand.type(
        "SELECT data::text FROM events WHERE thread_id = %s AND type = 'tool_use'"
        " UNION ALL SELECT concat(subject_id, predicate, object) FROM facts WHERE thread_id = %s"
        " UNION ALL SELECT name FROM threads WHERE id = %s",
        *(thread_id, thread_id, thread_id),
    )


@pytest.mark.parametrize("name", ["likes", "the", "an", "paris", "subject", "ada"])
def test_a_common_word_for_a_name_takes_nothing_from_others(
    scene: Scene, hand: Hand, name: str
) -> None:
    ada = scene.ids["ada"]
    hand.type("UPDATE users SET name = 'adele' WHERE name = 'ada'")
    hand.type("UPDATE users SET name = %s WHERE name = 'wolfgang'", name)
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.say(thread_id, ada, f"{name}!")
    hand.join(thread_id, scene.ids["bob"])
    words = f"Ada, who {name} an ape, {name.upper()} the Subject of Paris likes {name}, a@{name}"
    note = {"subject": str(ada), "predicate": name, "object": words, "source_event": None}
    hand.use_tool(thread_id, "sarah", "extract_facts", facts=[note])
    hand.learn(thread_id, ada, name, words, 0.9)
    hand.use_tool(thread_id, "sarah", "roast_user", subject=str(ada), roast=words, facts=[])
    hand.use_tool(thread_id, "sarah", "ask_user_about_themselves", subject=str(ada), question=words)
    hand.type("UPDATE threads SET name = %s WHERE id = %s", f"Who {name} it", thread_id)
    before = list_rows_about_others(hand, thread_id)
    delete_account(scene, "member")
    assert list_rows_about_others(hand, thread_id) == before


@pytest.mark.parametrize("name", ["will", "them", "roast", "habits"])
def test_what_agents_are_told_is_a_word_from_the_start(scene: Scene, hand: Hand, name: str) -> None:
    thread_id, ada = scene.ids["thread"], str(scene.ids["ada"])
    hand.type("UPDATE users SET name = %s WHERE name = 'wolfgang'", name)
    roast = f"Is it {name}, or @{name}?"
    hand.use_tool(thread_id, "sarah", "roast_user", subject=ada, roast=roast, facts=[])
    delete_account(scene, "member")
    gone = hand.value("SELECT name FROM users WHERE deleted_at IS NOT NULL")
    roasts = "SELECT data->'input'->>'roast' FROM events WHERE thread_id = %s AND type = 'tool_use'"
    assert hand.type(roasts, thread_id) == [(f"Is it {name}, or @{gone}?",)]


@pytest.mark.parametrize("is_said_elsewhere", [True, False])
def test_a_name_that_goes_tells_nothing_of_what_is_said_elsewhere(
    scene: Scene, hand: Hand, is_said_elsewhere: bool
) -> None:
    """Somebody chooses a name, to find out whether it is a word in a thread that they can't see."""
    thread_id, ada = scene.ids["thread"], str(scene.ids["ada"])
    if is_said_elsewhere:
        hand.say(scene.ids["other"], scene.ids["zoe"], "It is called wolfgang, tell nobody")
    hand.use_tool(thread_id, "sarah", "roast_user", subject=ada, roast="As if wolfgang", facts=[])
    hand.type("UPDATE threads SET name = 'For Wolfgang' WHERE id = %s", thread_id)
    delete_account(scene, "member")
    gone = hand.value("SELECT name FROM users WHERE deleted_at IS NOT NULL")
    roasts = "SELECT data->'input'->>'roast' FROM events WHERE thread_id = %s AND type = 'tool_use'"
    assert hand.type(roasts, thread_id) == [(f"As if {gone}",)]
    assert hand.value("SELECT name FROM threads WHERE id = %s", thread_id) == "Untitled thread"


def test_a_name_goes_as_a_whole_word(scene: Scene, hand: Hand) -> None:
    thread_id, ada = scene.ids["thread"], str(scene.ids["ada"])
    roast = "Is @Wolfgang's hat @wolfgangs, or wolfgang?"
    hand.use_tool(thread_id, "sarah", "roast_user", subject=ada, roast=roast, facts=[])
    delete_account(scene, "member")
    gone = hand.value("SELECT name FROM users WHERE deleted_at IS NOT NULL")
    roasts = "SELECT data->'input'->>'roast' FROM events WHERE thread_id = %s AND type = 'tool_use'"
    assert hand.type(roasts, thread_id) == [(f"Is @{gone}'s hat @wolfgangs, or {gone}?",)]


def test_threads_pass_on_and_those_of_nobody_else_go(scene: Scene, hand: Hand) -> None:
    alone = hand.make_thread(scene.ids["ada"], agents=["sarah"])
    hand.say(alone, scene.ids["ada"], "Only me")
    delete_account(scene, "owner")
    assert hand.type("SELECT id FROM threads WHERE id = %s", alone) == []
    owner = "SELECT user_id FROM memberships WHERE thread_id = %s AND role = 'owner'"
    assert hand.value(owner, scene.ids["thread"]) == scene.ids["bob"]
    assert hand.value("SELECT count(*) FROM runs WHERE forgotten_at IS NOT NULL") == 1


def test_the_only_host_has_to_make_another_first(scene: Scene, hand: Hand) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="only host"):
        delete_account(scene, "host")
    hand.type("UPDATE users SET is_host = true WHERE name = 'ada'")
    delete_account(scene, "host")
    assert hand.type("SELECT name FROM users WHERE is_host") == [("ada",)]


def test_not_even_burns_own_role_deletes_somebodys_account_like_that(
    scene: Scene, hand: Hand
) -> None:
    ada: UUID = scene.ids["ada"]
    with pytest.raises(psycopg.errors.CheckViolation):
        hand.type("UPDATE users SET deleted_at = now() WHERE id = %s", ada)
    with pytest.raises(psycopg.errors.CheckViolation):
        hand.type(DELETE)
