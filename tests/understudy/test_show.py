"""A whole show: two people talk, and three agents follow their rules to the last joke."""

from tests.understudy.scene import Scene, make_id

LINES = [
    ("ada", "hi! I like chess and cooking"),
    ("bob", "I'm a plumber from Hull and I've got three dogs"),
    ("ada", "I'm a nurse in Berlin, 34, two cats"),
    ("bob", "ada once ate a whole cake by herself"),
    ("ada", "yes, that's true"),
    ("bob", "lol"),
    ("ada", "I used to play the violin"),
    ("bob", "I hate Mondays and I'm scared of moths"),
    ("ada", "burn me"),
    ("bob", "my wife says I snore"),
    ("ada", "I never finish books"),
    ("bob", "I'd love to open a pub"),
]
PEOPLE = {make_id("ada"), make_id("bob")}


def play() -> Scene:
    scene = Scene()
    for name in ("ada", "bob"):
        scene.system(name, "joined")
        scene.play()
    for name, text in LINES:
        scene.say(name, text)
        scene.play()
    return scene


def test_a_show_has_several_roasts_and_only_valid_steps() -> None:
    scene = play()
    messages = {data["id"] for tag, data in scene.blocks if tag == "user_message"}
    for tag, data in scene.blocks:
        match tag:
            case "ask_user_about_themselves" | "roast_user":
                assert data["input"]["subject"] in PEOPLE
            case "extract_facts":
                facts = data["input"]["facts"]
                assert 0 < len(facts) <= 12
                assert {fact["subject"] for fact in facts} <= PEOPLE
                assert {fact["source_event"] for fact in facts} <= messages
    assert len(scene.roasts()) >= 4
    assert len(set(scene.roasts())) == len(scene.roasts())


def test_two_shows_with_the_same_lines_are_equal() -> None:
    assert play().blocks == play().blocks
