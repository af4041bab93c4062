"""Before something said about another person counts, that person is asked."""

import pytest

from tests.understudy.scene import AWAY, Event, Scene, make_id


def make_scene() -> Scene:
    scene = Scene()
    for name in ("ada", "bob"):
        scene.system(name, "joined")
        scene.ask(name, "What do you do all day?")
    return scene


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Bob once ate a whole cake", "you once ate a whole cake"),
        ("@bob is a vegetarian", "you're a vegetarian"),
        ("my friend bob snores", "you tend to snore"),
        ("did you know, bob has two wives' worth of shoes", "you have two wives"),
        ("bob's car is held together with tape", "car is held together with tape"),
    ],
)
def test_the_subject_of_a_rumour_is_asked(text: str, question: str) -> None:
    scene = make_scene()
    scene.say("ada", text)
    use = scene.choose()
    assert use.name == "ask_user_about_themselves"
    assert use.input["subject"] == make_id("bob")
    assert question in use.input["question"]


def test_a_rumour_is_asked_about_once() -> None:
    scene = make_scene()
    scene.say("ada", "bob once ate a whole cake")
    scene.use("sarah", first := scene.choose())
    scene.say("ada", "lol")
    assert scene.choose().input["question"] != first.input["question"]


@pytest.mark.parametrize(
    ("answer", "disputed"), [("yes, that's true", False), ("no I didn't!", True)]
)
def test_the_answer_makes_a_rumour_a_fact_or_a_disputed_fact(answer: str, disputed: bool) -> None:
    scene = make_scene()
    scene.say("ada", "bob once ate a whole cake")
    scene.use("sarah", scene.choose())
    message = scene.say("bob", answer)
    (fact,) = scene.choose().input["facts"]
    assert (fact["subject"], fact["predicate"], fact["object"], fact["disputed"]) == (
        make_id("bob"),
        "once ate",
        "a whole cake",
        disputed,
    )
    assert fact["source_event"] == message


@pytest.mark.parametrize("away", AWAY)
def test_nobody_is_asked_about_a_rumour_while_away(away: Event) -> None:
    scene = make_scene()
    scene.system(*away)
    scene.say("ada", "bob once ate a whole cake")
    use = scene.choose()
    assert use.input["subject"] == make_id("ada")
    assert "cake" not in use.input["question"]


def test_a_rumour_heard_while_its_subject_was_tapped_out_is_never_asked_about() -> None:
    scene = make_scene()
    scene.system("bob", "tapped_out")
    scene.say("ada", "bob once ate a whole cake")
    scene.system("bob", "tapped_in")
    use = scene.choose()
    assert use.input["subject"] == make_id("bob")
    assert "cake" not in use.input["question"]


def test_a_yes_while_tapped_out_makes_no_fact() -> None:
    scene = make_scene()
    scene.say("ada", "bob once ate a whole cake")
    scene.use("sarah", scene.choose())
    scene.system("bob", "tapped_out")
    scene.say("bob", "yes, that's true")
    scene.system("bob", "tapped_in")
    scene.say("bob", "yes")
    assert scene.choose().name == "ask_user_about_themselves"


@pytest.mark.parametrize(
    "text",
    ["bob, what do you do?", "hi bob", "is bob here?", "bob is gay", "bob you are funny", "bob"],
)
def test_other_messages_are_not_taken_for_rumours(text: str) -> None:
    scene = make_scene()
    scene.say("ada", text)
    assert "true?" not in scene.choose().input["question"]


@pytest.mark.parametrize("text", ["bob ,", "bob , , ,", "@bob ,,"])
def test_a_name_with_nothing_after_it_but_commas_says_nothing(text: str) -> None:
    scene = make_scene()
    scene.say("ada", text)
    assert scene.choose()
