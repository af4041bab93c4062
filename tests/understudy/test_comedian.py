"""The comedian's roasts."""

from itertools import combinations

import pytest

from tests.understudy.scene import (
    AWAY,
    AWAY_AND_BACK,
    PROMPTS,
    Event,
    Scene,
    make_id,
    make_request,
)
from understudy.choice import choose
from understudy.jokes.shape import shapes_in_manner

FACTS = [
    ("likes", "chess", "hobby"),
    ("works as", "a nurse", "work"),
    ("has", "two cats", "pet"),
    ("lives in", "Berlin", "home"),
    ("does not eat", "meat", "food"),
    ("cannot", "swim", "skill"),
]


def make_scene(*facts: tuple[str, str, str]) -> Scene:
    scene = Scene()
    scene.system("ada", "created")
    scene.system("bob", "joined")
    scene.learn("ada", *facts)
    return scene


def test_each_manner_has_more_than_forty_jokes() -> None:
    manners = [shapes_in_manner(prompt) for prompt in ("observational", "dark, blunt", "hello")]
    assert all(len(shapes) >= 40 for shapes in manners)
    assert all(not set(a) & set(b) for a, b in combinations(manners, 2))


def test_a_roast_uses_two_facts_and_addresses_the_person() -> None:
    roast = make_scene(("likes", "chess", "hobby"), ("works as", "a nurse", "work")).choose("jerry")
    assert roast.input["subject"] == make_id("ada")
    assert "chess" in roast.input["roast"]
    assert "nurse" in roast.input["roast"]
    assert "ou " in roast.input["roast"]


def test_forty_roasts_are_all_different_and_fit() -> None:
    scene = make_scene(*FACTS)
    for n in range(40):
        scene.use(agent := ("jerry", "frankie")[n % 2], scene.choose(agent))
    roasts = scene.roasts()
    assert len(set(roasts)) == 40
    assert all(40 <= len(roast) <= 280 for roast in roasts)


def test_no_joke_is_told_in_the_same_shape_twice() -> None:
    scene = make_scene(*FACTS)
    shapes = shapes_in_manner(PROMPTS["jerry"])
    for _ in range(15):
        scene.use("jerry", scene.choose("jerry"))
    used = [shape for roast in scene.roasts() for shape in shapes if shape.pattern.fullmatch(roast)]
    assert len({shape.text for shape in used}) >= 15


def test_different_people_are_roasted_in_turn() -> None:
    scene = make_scene(*FACTS[:3])
    scene.learn("bob", *FACTS[3:])
    scene.use("jerry", first := scene.choose("jerry"))
    assert scene.choose("frankie").input["subject"] != first.input["subject"]


@pytest.mark.parametrize(
    "fact",
    [("is", "a Catholic", "religion"), ("has", "cancer", "health"), ("voted for", "Trump", "other"),
     ("is", "gay", "personality"), ("is getting", "divorced", "family")],
)  # fmt: skip
def test_some_facts_are_never_joked_about(fact: tuple[str, str, str]) -> None:
    scene = make_scene(fact, ("likes", "chess", "hobby"), ("has", "two cats", "pet"))
    for _ in range(6):
        scene.use("frankie", scene.choose("frankie"))
    assert not any(fact[1] in roast for roast in scene.roasts())


def test_without_facts_it_does_nothing_if_it_can() -> None:
    assert make_scene().choose("jerry", "do_nothing").name == "do_nothing"


def test_without_facts_and_without_that_tool_the_roast_is_mild() -> None:
    use = make_scene().choose("jerry")
    assert use.name == "roast_user"
    assert use.input["subject"] == make_id("ada")


@pytest.mark.parametrize("agent", ["jerry", "frankie"])
@pytest.mark.parametrize("away", AWAY)
def test_people_who_are_away_are_not_roasted(away: Event, agent: str) -> None:
    scene = make_scene()
    scene.learn("bob", *FACTS)
    scene.system(*away)
    assert scene.choose(agent).input["subject"] == make_id("ada")


@pytest.mark.parametrize("away", AWAY)
def test_nothing_is_done_if_nobody_can_be_roasted(away: Event) -> None:
    scene = Scene()
    scene.system("bob", "created")
    scene.learn("bob", *FACTS)
    scene.system("ada", "left")
    scene.system(*away)
    assert scene.choose("jerry", "do_nothing").name == "do_nothing"
    assert choose(make_request(scene.context, ("roast_user",))) is None


@pytest.mark.parametrize(("away", "back"), AWAY_AND_BACK)
def test_people_who_are_back_are_roasted_from_earlier_facts(away: Event, back: Event) -> None:
    scene = make_scene()
    scene.learn("bob", ("likes", "chess", "hobby"), ("works as", "a nurse", "work"))
    scene.system(*away)
    scene.system(*back)
    roast = scene.choose("jerry")
    assert roast.input["subject"] == make_id("bob")
    assert "chess" in roast.input["roast"]
