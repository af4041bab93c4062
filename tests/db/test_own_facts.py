"""Confirming, disputing and forgetting, typed as the web process's role: only whom a fact is about can."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest

from db.embedded import find_program
from tests.access import WHO, Scene, make_scene
from tests.making import Hand

ANSWER = (
    "INSERT INTO events (thread_id, user_id, type, data) VALUES (%(thread)s, %(me)s, 'system',"
    " jsonb_build_object('action', '{}', 'target', 'fact', 'fact', %(fact)s::text))"
)
FORGET = "SELECT burn_forget(%(fact)s)"
# Words that are nowhere else.
WORDS = "Zwiebelkuchen"


@pytest.fixture
def scene(url: str, cookie_key: str) -> Scene:
    return make_scene(url, cookie_key)


@pytest.fixture
def fact_id(scene: Scene, hand: Hand) -> UUID:
    """A fact about bob, a member, with everything that can carry its words."""
    return learn(hand, scene.ids["thread"], scene.ids["bob"])


def learn(hand: Hand, thread_id: UUID, person: UUID, words: str = WORDS) -> UUID:
    """What it says was said, asked, noted, and roasted."""
    said = hand.say(thread_id, person, f"I bake {words}, and I own a goat.")
    fact_ids = [hand.value("SELECT gen_random_uuid()") for _ in range(2)]
    notes = [
        {
            "subject": str(person),
            "predicate": predicate,
            "object": object,
            "category": "food",
            "confidence": 0.9,
            "disputed": False,
            "source_event": str(said),
        }
        for predicate, object in (("bakes", words), ("owns", "a goat"))
    ]
    used = hand.use_tool(thread_id, "sarah", "extract_facts", facts=notes)
    hand.type("ALTER TABLE events DISABLE TRIGGER append_only")
    hand.type(
        "UPDATE events SET data = data || jsonb_build_object('fact_ids', %s::jsonb) WHERE id = %s",
        json.dumps([str(id) for id in fact_ids]),
        used,
    )
    hand.type("ALTER TABLE events ENABLE TRIGGER append_only")
    for fact_id, note in zip(fact_ids, notes, strict=True):
        hand.type(
            "INSERT INTO facts (id, thread_id, subject_id, source_event_id, tool_use_event_id,"
            " predicate, object) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            *(fact_id, thread_id, person, said, used, note["predicate"], note["object"]),
        )
    hand.use_tool(
        *(thread_id, "sarah", "ask_user_about_themselves"),
        subject=str(person),
        question=f"Who taught you {words.upper()}?",
    )
    hand.use_tool(
        *(thread_id, "sarah", "roast_user"),
        subject=str(person),
        roast=f"You smell of {words}",
        facts=[str(fact_ids[0])],
    )
    hand.use_tool(
        *(thread_id, "sarah", "roast_user"),
        subject=str(person),
        roast="Your goat left you",
        facts=[str(fact_ids[1])],
    )
    first: UUID = fact_ids[0]
    return first


@contextmanager
def committing(scene: Scene, who: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(scene.url) as connection:
        signed = scene.signer.sign(scene.visitors[who], connection.info.backend_pid)
        connection.execute("SELECT set_config('burn.visitor', %s, true)", [signed])
        yield connection


def forget(scene: Scene, who: str, fact_id: UUID) -> None:
    with committing(scene, who) as connection:
        connection.execute(FORGET.encode(), {"fact": fact_id})


def answer(scene: Scene, who: str, action: str, fact_id: UUID) -> None:
    values = {"thread": scene.ids["thread"], "me": scene.mes[who], "fact": fact_id}
    with committing(scene, who) as connection:
        connection.execute(ANSWER.format(action).encode(), values)


def dump(url: str) -> str:
    dumped = subprocess.run(
        [find_program("pg_dump"), "--data-only", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return dumped.stdout


@pytest.mark.parametrize("who", WHO)
def test_only_whom_a_fact_is_about_answers_or_forgets_it(
    scene: Scene, fact_id: UUID, who: str
) -> None:
    scene.ids["fact"] = fact_id
    for statement in (ANSWER.format("confirmed"), ANSWER.format("disputed"), FORGET):
        assert scene.can_write(who, statement) == (who == "member"), statement


@pytest.mark.parametrize("who", WHO)
def test_nobody_writes_in_the_columns_of_facts(scene: Scene, fact_id: UUID, who: str) -> None:
    scene.ids["fact"] = fact_id
    for change in (
        *("forgotten_at = now()", "disputed = true", "confirmed_at = now()"),
        *("hearsay = true", "superseded_by_id = NULL"),
    ):
        assert not scene.can_write(who, f"UPDATE facts SET {change} WHERE id = %(fact)s")


def test_not_even_burns_own_role_forgets_for_somebody(
    scene: Scene, hand: Hand, fact_id: UUID
) -> None:
    for statement in (
        "SELECT burn_forget(%s)",
        "UPDATE facts SET forgotten_at = now() WHERE id = %s",
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match="only the person"):
            hand.type(statement, fact_id)
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        hand.type("UPDATE events SET data = '{}'")


def test_what_is_forgotten_is_in_no_table(
    url: str, scene: Scene, hand: Hand, fact_id: UUID
) -> None:
    assert dump(url).lower().count(WORDS.lower()) == 5
    forget(scene, "member", fact_id)
    assert WORDS.lower() not in dump(url).lower()


def test_a_tombstone_says_when_by_whom_and_why_and_nothing_else_goes(
    scene: Scene, hand: Hand, fact_id: UUID
) -> None:
    thread_id, bob = scene.ids["thread"], scene.ids["bob"]
    before = hand.type(
        "SELECT id, seq, type FROM events WHERE thread_id = %s ORDER BY seq", thread_id
    )
    forget(scene, "member", fact_id)
    after = hand.type(
        "SELECT id, seq, type FROM events WHERE thread_id = %s ORDER BY seq", thread_id
    )
    assert after[:-1] == before
    assert [seq for _, seq, _ in after] == list(range(1, len(after) + 1))
    predicate, object, at = hand.type(
        "SELECT predicate, object, forgotten_at FROM facts WHERE id = %s", fact_id
    )[0]
    assert (predicate, object) == ("", "")
    tombstone = {
        "at": hand.value("SELECT to_jsonb(%s::timestamptz)", at),
        "by": str(bob),
        "why": "These words are gone because the person whom they were about wished it.",
    }
    data = [
        row
        for (row,) in hand.type(
            "SELECT data FROM events WHERE thread_id = %s ORDER BY seq DESC LIMIT 6", thread_id
        )
    ][::-1]
    text, notes, question, roast, other_roast, event = data
    assert text == {"text": "", "forgotten": tombstone}
    note, goat = notes["input"]["facts"]
    assert note == {
        "subject": str(bob),
        "predicate": "",
        "object": "",
        "category": "",
        "confidence": 0.9,
        "disputed": False,
        "source_event": str(before[-5][0]),
        "forgotten": tombstone,
    }
    assert goat["object"] == "a goat"
    assert notes["forgotten"] == tombstone
    assert question["input"] == {"subject": str(bob), "question": ""}
    assert roast["input"] == {"subject": str(bob), "roast": "", "facts": [str(fact_id)]}
    assert question["forgotten"] == roast["forgotten"] == tombstone
    assert other_roast["input"]["roast"] == "Your goat left you"
    assert event == {"action": "forgot", "target": "fact", "fact": str(fact_id)}
    assert hand.value("SELECT data->>'text' FROM events WHERE data->>'text' <> '' LIMIT 1") == (
        "said inside"
    )


def test_other_peoples_messages_and_facts_stay(scene: Scene, hand: Hand, fact_id: UUID) -> None:
    thread_id, ada = scene.ids["thread"], scene.ids["ada"]
    others = f"Bob bakes {WORDS}, and so do I"
    said = hand.say(thread_id, ada, others)
    hand.learn(thread_id, ada, "bakes", WORDS, 0.9)
    forget(scene, "member", fact_id)
    assert hand.value("SELECT data->>'text' FROM events WHERE id = %s", said) == others
    assert hand.type("SELECT subject_id FROM facts WHERE object = %s", WORDS) == [(ada,)]


def list_questions_about_others(hand: Hand, thread_id: UUID, person: UUID) -> list[str]:
    rows = hand.type(
        "SELECT data->'input'->>'question' FROM events WHERE thread_id = %s"
        " AND data->'input'->>'subject' <> %s ORDER BY seq",
        *(thread_id, str(person)),
    )
    return [question for (question,) in rows]


def test_a_common_word_for_a_name_takes_nothing_from_others(scene: Scene, hand: Hand) -> None:
    ada, bob = scene.ids["ada"], scene.ids["bob"]
    hand.type("UPDATE users SET name = 'likes' WHERE id = %s", bob)
    thread_id = hand.make_thread(ada, agents=["sarah"])
    hand.say(thread_id, ada, "Who likes tea?")
    hand.join(thread_id, bob)
    fact_id = learn(hand, thread_id, bob)
    ask = "ask_user_about_themselves"
    for about_ada in (f"She likes {WORDS}", f"@likes makes {WORDS}", f"{bob} makes {WORDS}"):
        hand.use_tool(thread_id, "sarah", ask, subject=str(ada), question=about_ada)
    forget(scene, "member", fact_id)
    assert list_questions_about_others(hand, thread_id, bob) == [f"She likes {WORDS}", "", ""]


@pytest.mark.parametrize("is_said_elsewhere", [True, False])
def test_forgetting_tells_nothing_of_what_is_said_elsewhere(
    scene: Scene, hand: Hand, is_said_elsewhere: bool
) -> None:
    """Somebody chooses a name, to find out whether it is a word in a thread that they can't see."""
    thread_id, ada, bob = (scene.ids[name] for name in ("thread", "ada", "bob"))
    hand.type("UPDATE users SET name = 'merger77' WHERE id = %s", bob)
    if is_said_elsewhere:
        hand.say(scene.ids["other"], scene.ids["zoe"], "It is called merger77, tell nobody")
    fact_id = learn(hand, thread_id, bob)
    ask = "ask_user_about_themselves"
    hand.use_tool(thread_id, "sarah", ask, subject=str(ada), question=f"Merger77 and {WORDS}?")
    forget(scene, "member", fact_id)
    assert list_questions_about_others(hand, thread_id, bob) == [""]


def test_everything_of_theirs_that_repeats_the_words_goes(
    scene: Scene, hand: Hand, fact_id: UUID
) -> None:
    thread_id, bob = scene.ids["thread"], scene.ids["bob"]
    hand.learn(thread_id, bob, "dreams of", f"  {WORDS.upper()} ", 0.9)
    hand.say(thread_id, bob, f"{WORDS}! Again!")
    hand.say(thread_id, bob, "Something else")
    hand.use_tool(thread_id, "sarah", "roast_user", subject=str(bob), roast="Onions!", facts=[])
    forget(scene, "member", fact_id)
    gone = "SELECT count(*) FROM {} WHERE {}"
    assert hand.value(gone.format("facts", "forgotten_at IS NOT NULL")) == 2
    texts = hand.type(
        "SELECT data->>'text' FROM events WHERE type = 'text' AND user_id = %s ORDER BY seq", bob
    )
    assert texts == [("",), ("",), ("Something else",)]
    # It cites nothing, so it may be about this.
    assert hand.value(gone.format("events", "data->'input'->>'roast' = 'Onions!'")) == 0


def test_somebody_who_has_left_can_still_forget(scene: Scene, hand: Hand) -> None:
    fact_id = learn(hand, scene.ids["thread"], scene.ids["bob"])
    hand.type("DELETE FROM memberships WHERE user_id = %s", scene.ids["bob"])
    before = hand.value("SELECT last_seq FROM threads WHERE id = %s", scene.ids["thread"])
    forget(scene, "member", fact_id)
    assert hand.value("SELECT object FROM facts WHERE id = %s", fact_id) == ""
    assert hand.value("SELECT last_seq FROM threads WHERE id = %s", scene.ids["thread"]) == before


def test_the_runs_whose_prompts_held_the_words_say_so(
    scene: Scene, hand: Hand, fact_id: UUID
) -> None:
    thread_id = scene.ids["thread"]
    hand.type("DELETE FROM runs")
    first = hand.value("SELECT seq FROM events WHERE data->>'text' LIKE 'I bake%%'")
    for to_seq in (first - 1, first):
        run_id = hand.begin_run(thread_id, "sarah", "done")
        hand.type("UPDATE runs SET to_seq = %s, prompt_sha256 = 'x' WHERE id = %s", to_seq, run_id)
    forget(scene, "member", fact_id)
    rows = hand.type("SELECT to_seq, forgotten_at FROM runs ORDER BY to_seq")
    forgotten_at = hand.value("SELECT forgotten_at FROM facts WHERE id = %s", fact_id)
    assert rows == [(first - 1, None), (first, forgotten_at)]


def test_an_agent_that_was_thinking_it_over_cant_say_it(
    scene: Scene, hand: Hand, fact_id: UUID
) -> None:
    thread_id = scene.ids["thread"]  # where sarah is thinking
    roast = {"subject": str(scene.ids["bob"]), "roast": WORDS, "facts": []}
    forget(scene, "member", fact_id)
    with pytest.raises(psycopg.errors.CheckViolation, match="forgotten since"):
        hand.use_tool(thread_id, "sarah", "roast_user", **roast)
    hand.type("UPDATE runs SET status = 'failed'")
    hand.begin_run(thread_id, "sarah")
    hand.use_tool(thread_id, "sarah", "do_nothing")


def test_confirming_and_disputing_change_the_fact(scene: Scene, hand: Hand, fact_id: UUID) -> None:
    states = "SELECT disputed, hearsay, confirmed_at IS NOT NULL FROM facts WHERE id = %s"
    hand.type("UPDATE facts SET hearsay = true WHERE id = %s", fact_id)
    answer(scene, "member", "disputed", fact_id)
    assert hand.type(states, fact_id) == [(True, True, False)]
    answer(scene, "member", "confirmed", fact_id)
    assert hand.type(states, fact_id) == [(False, False, True)]
    answer(scene, "member", "disputed", fact_id)
    assert hand.type(states, fact_id) == [(True, False, False)]


def test_what_is_forgotten_is_forgotten_once_and_for_all(
    scene: Scene, hand: Hand, fact_id: UUID
) -> None:
    forget(scene, "member", fact_id)
    before = hand.type("SELECT forgotten_at FROM facts WHERE id = %s", fact_id)
    forget(scene, "member", fact_id)
    assert hand.type("SELECT forgotten_at FROM facts WHERE id = %s", fact_id) == before
    for action in ("confirmed", "disputed"):
        with pytest.raises(psycopg.errors.CheckViolation):
            answer(scene, "member", action, fact_id)
