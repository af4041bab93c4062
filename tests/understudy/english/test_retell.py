"""Facts, said back to the person."""

import pytest

from understudy.english.retell import say_clause, say_thing


@pytest.mark.parametrize(
    ("predicate", "obj", "clause"),
    [
        ("likes", "chess", "you like chess"),
        ("does not eat", "meat", "you don't eat meat"),
        ("lives in", "Berlin", "you live in Berlin"),
        ("is", "34 years old", "you're 34 years old"),
        ("is not", "a morning person", "you aren't a morning person"),
        ("cannot", "swim", "you can't swim"),
        ("has never been to", "Paris", "you've never been to Paris"),
        ("has", "two cats", "you have two cats"),
        ("once ate", "40 nuggets", "you once ate 40 nuggets"),
        ("never", "finishes books", "you never finish books"),
        ("favourite film is", "Alien", "your favourite film is Alien"),
        ("sister is", "a dentist in Leeds", "your sister is a dentist in Leeds"),
        ("wife says", "they snore", "your wife says you snore"),
        ("loves", "their dog", "you love your dog"),
        ("would love to be", "a chef", "you'd love to be a chef"),
        ("was born in", "Hull", "you were born in Hull"),
        ("used to play", "the violin", "you used to play the violin"),
        ("has_pet", "a cat", "your pet is a cat"),
        ("occupation", "nurse", "your occupation is nurse"),
        ("user enjoys", "golf", "you enjoy golf"),
        ("parents own", "a farm", "your parents own a farm"),
        ("plants are", "dead", "your plants are dead"),
    ],
)
def test_a_fact_is_said_in_the_second_person(predicate: str, obj: str, clause: str) -> None:
    assert say_clause(predicate, obj) == clause


def test_an_object_is_addressed_to_its_owner() -> None:
    assert say_thing("their mum and themselves") == "your mum and yourself"
