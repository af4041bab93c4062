"""The comedian's part: a new joke about two facts about one person."""

from collections.abc import Iterable, Iterator
from itertools import permutations

from understudy.english.retell import say_thing
from understudy.jokes.kinds import is_tellable
from understudy.jokes.shape import ROAST_LIMIT, Shape, shapes_in_manner
from understudy.story import Fact, Story
from understudy.variety import Variety
from understudy.wire import ToolUse

# A joke and the two facts that it uses.
_Roast = tuple[str, tuple[Fact, Fact]]
# The newest facts make the best jokes, and pairing more of them only costs time.
_FACTS = 14
_MILD = (
    "You're so mysterious that even the people who met you today have nothing on you. Keep it up: it's working in your favour.",
    "I was going to roast you, but you've told us nothing yet. It's like being asked to review an empty plate.",
    "You've said so little that your silence has started to look like your best feature.",
    "So far we know nothing about you, and I'd like to thank you on behalf of everybody who had plans this evening.",
    "You're a closed book, and from the cover I'd guess it's a manual.",
)  # fmt: skip


def choose_roasts(story: Story, prompt: str) -> Iterator[ToolUse]:
    """Roasts, best first, without any that the thread has heard before."""
    told = [each.roast for each in story.roasts()]
    shapes = shapes_in_manner(prompt)
    for person in _whom_to_roast(story):
        for roast, facts in _roasts(person, story, shapes):
            if roast not in told:
                yield _tell(person, roast, facts)
    yield ToolUse("do_nothing", {})
    for person in story.present:
        for roast in _MILD:
            if roast not in told:
                yield _tell(person, roast)
    for person in story.present:
        yield _tell(person, _MILD[0])


def _tell(person: str, roast: str, facts: Iterable[Fact] = ()) -> ToolUse:
    cited = [fact.id for fact in facts if fact.id]
    return ToolUse("roast_user", {"subject": person, "roast": roast, "facts": cited})


def _whom_to_roast(story: Story) -> list[str]:
    """The people with at least two facts: most unused facts first, then newest facts."""

    def weight(person: str) -> tuple[int, int]:
        facts = _tellable(person, story)
        told = _told_to(person, story)
        unused = sum(not _is_used(fact, told) for fact in facts)
        return -unused, -max(fact.at for fact in facts)

    return sorted((p for p in story.present if len(_tellable(p, story)) > 1), key=weight)


def _roasts(person: str, story: Story, shapes: Iterable[Shape]) -> Iterator[_Roast]:
    told = [each.roast for each in story.roasts()]
    variety = Variety(person + str(len(story.entries)))
    fresh = [shape for shape in shapes if not any(shape.pattern.fullmatch(t) for t in told)]
    pairs = _pairs(person, story)
    for choice in (fresh, list(shapes)):
        ranked = sorted(variety.shuffled(choice), key=lambda shape: -shape.is_particular)
        yield from _fill(pairs, ranked)


def _fill(pairs: list[tuple[Fact, Fact]], shapes: list[Shape]) -> Iterator[_Roast]:
    for one, other in pairs:
        for shape in shapes:
            for first, second in ((one, other), (other, one)):
                if (
                    shape.fits(first, second)
                    and len(roast := shape.tell(first, second)) <= ROAST_LIMIT
                ):
                    yield roast, (one, other)


def _pairs(person: str, story: Story) -> list[tuple[Fact, Fact]]:
    """Pairs of facts that say different things: unused, of two categories and newest first."""
    told = _told_to(person, story)
    facts = _tellable(person, story)[-_FACTS:]

    def weight(pair: tuple[Fact, Fact]) -> tuple[bool, int, bool, int, int]:
        one, other = pair
        used = [_is_used(one, told), _is_used(other, told)]
        together = any(_is_used(one, [t]) and _is_used(other, [t]) for t in told)
        same = one.category == other.category
        long = (len(one.object) > 50) + (len(other.object) > 50)
        return together, sum(used), same, long, -one.at - other.at

    pairs = [(a, b) for a, b in permutations(facts, 2) if a is not b and _differ(a, b)]
    unique = {frozenset({id(a), id(b)}): (a, b) for a, b in pairs}
    return sorted(unique.values(), key=weight)


def _differ(one: Fact, other: Fact) -> bool:
    first, second = one.object.casefold(), other.object.casefold()
    return first not in second and second not in first


def _tellable(person: str, story: Story) -> list[Fact]:
    return [fact for fact in story.facts_about(person) if is_tellable(fact)]


def _told_to(person: str, story: Story) -> list[str]:
    return [each.roast.casefold() for each in story.roasts() if each.subject == person]


def _is_used(fact: Fact, told: Iterable[str]) -> bool:
    thing = say_thing(fact.object).casefold()
    return any(thing in roast for roast in told)
