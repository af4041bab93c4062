"""Questions and facts, one at a time."""

import pytest

from tests.burn_core.understudy.scene import Scene, make_id


def make_scene(*people: str) -> Scene:
    scene = Scene()
    for at, name in enumerate(people):
        scene.system(name, "joined" if at else "created")
    return scene


def test_whoever_comes_in_is_asked_first() -> None:
    scene = make_scene("ada", "bob")
    use = scene.choose()
    assert use.name == "ask_user_about_themselves"
    assert use.input["subject"] == make_id("bob")


def test_facts_are_written_down_with_their_message() -> None:
    scene = make_scene("ada")
    message = scene.say("ada", "I like chess and cooking")
    use = scene.choose()
    assert use.name == "extract_facts"
    assert [(f["predicate"], f["object"]) for f in use.input["facts"]] == [
        ("likes", "chess"),
        ("likes", "cooking"),
    ]
    assert {f["source_event"] for f in use.input["facts"]} == {message}


def test_a_fact_is_written_down_once() -> None:
    scene = make_scene("ada")
    for text in ("I like chess", "i like CHESS", "I like chess and tea"):
        scene.say("ada", text)
        scene.play()
    assert [fact["object"].lower() for fact in scene.known("ada")] == ["chess", "tea"]


def test_one_use_takes_at_most_twelve_facts() -> None:
    scene = make_scene("ada")
    for n in range(5):
        scene.say("ada", ", ".join(f"I like thing{n}x{m}" for m in range(4)))
    assert len(scene.choose().input["facts"]) == 12


def test_twenty_questions_to_one_person_are_all_different() -> None:
    scene = make_scene("ada")
    questions: list[str] = []
    for n in range(40):
        use = scene.choose()
        assert use.name == "ask_user_about_themselves"
        questions.append(use.input["question"])
        scene.use("sarah", use)
        scene.say("ada", ["lol", "not sure", "ok", "idk"][n % 4])
    assert len(set(questions)) == 40
    assert all(len(question) <= 200 and question.endswith("?") for question in questions)


def test_the_bank_may_run_out() -> None:
    scene = make_scene("ada")
    seen = set()
    for _ in range(120):
        use = scene.choose()
        scene.use("sarah", use)
        if use.name == "do_nothing":
            break
        assert use.input["question"] not in seen
        seen.add(use.input["question"])
        scene.say("ada", "lol")
    assert use.name == "do_nothing"
    assert len(seen) >= 60


@pytest.mark.parametrize(
    "text", ["burn me", "Roast me!", "do your worst", "your turn Jerry", "tell me a joke"]
)
def test_nothing_is_done_for_somebody_who_wants_a_roast(text: str) -> None:
    scene = make_scene("ada")
    scene.say("ada", text)
    assert scene.choose().name == "do_nothing"


def test_facts_come_before_a_wish_for_a_roast() -> None:
    scene = make_scene("ada")
    scene.say("ada", "I like chess. Now burn me!")
    assert scene.choose().name == "extract_facts"


@pytest.mark.parametrize("action", ["left", "removed", "renamed", "closed"])
def test_nothing_is_done_when_somebody_leaves_or_renames(action: str) -> None:
    scene = make_scene("ada", "bob")
    scene.system("bob", action)
    assert scene.choose().name == "do_nothing"


def test_whoever_left_is_not_asked_any_more() -> None:
    scene = make_scene("ada", "bob")
    scene.system("bob", "left")
    for _ in range(10):
        scene.say("ada", "lol")
        use = scene.choose()
        assert use.input["subject"] == make_id("ada")
        scene.use("sarah", use)


def test_whoever_does_not_answer_is_left_in_peace() -> None:
    scene = make_scene("ada", "bob")
    asked = []
    for _ in range(8):
        scene.say("ada", "hm")
        use = scene.choose()
        asked.append(use.input["subject"])
        scene.use("sarah", use)
    assert asked.count(make_id("bob")) <= 2


def test_a_question_follows_up_on_what_was_said() -> None:
    scene = make_scene("ada")
    scene.ask("ada", "What do you like?")
    scene.say("ada", "I like chess")
    scene.use("sarah", scene.choose())
    assert "chess" in scene.choose().input["question"]


def test_an_unknown_member_is_asked_without_a_name() -> None:
    scene = Scene()
    scene.say("grace", "hello?")
    use = scene.choose()
    assert use.input["subject"] == make_id("grace")
    assert "grace" not in use.input["question"].lower()


def test_what_contradicts_an_earlier_fact_is_disputed() -> None:
    scene = make_scene("ada")
    scene.say("ada", "I like chess")
    scene.use("sarah", scene.choose())
    scene.say("ada", "Actually I hate chess")
    (fact,) = scene.choose().input["facts"]
    assert fact["disputed"] is True
