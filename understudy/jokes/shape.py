"""A joke with two gaps, and the facts that fit them."""

import re
from dataclasses import dataclass
from functools import cache, cached_property

from understudy.english.retell import say_clause, say_thing
from understudy.jokes.deadpan import JOKES as DEADPAN
from understudy.jokes.kinds import is_nameable, kinds_of
from understudy.jokes.observational import JOKES as OBSERVATIONAL
from understudy.jokes.plain import JOKES as PLAIN
from understudy.story import Fact

ROAST_LIMIT = 280
_MANNERS = (
    (re.compile(r"observation|curious|everyday|notice", re.IGNORECASE), OBSERVATIONAL),
    (re.compile(r"\b(dark|blunt|bleak|deadpan|brutal|savage)", re.IGNORECASE), DEADPAN),
)


@dataclass(frozen=True)
class Shape:
    """`first` and `second` are the kinds of fact that fit. Empty means any kind."""

    first: frozenset[str]
    second: frozenset[str]
    text: str

    @property
    def is_particular(self) -> int:
        """How specific the joke is: 0 if it fits any facts, up to 2."""
        return bool(self.first) + bool(self.second)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the roasts that were made from this shape."""
        return re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(self.text)), re.DOTALL)

    def fits(self, one: Fact, other: Fact) -> bool:
        if self.first and not self.first & kinds_of(one):
            return False
        if self.second and not self.second & kinds_of(other):
            return False
        return "_thing" not in self.text or is_nameable(one)

    def tell(self, one: Fact, other: Fact) -> str:
        """The joke about these two facts. It may be longer than a roast is allowed to be."""
        a, b = say_clause(one.predicate, one.object), say_clause(other.predicate, other.object)
        thing = say_thing(one.object)
        return self.text.format(
            a=a, b=b, A=_capital(a), B=_capital(b), a_thing=thing, A_thing=_capital(thing)
        )


@cache
def shapes_in_manner(prompt: str) -> tuple[Shape, ...]:
    """A comedian's jokes, chosen by the words of the system prompt."""
    hits = [(len(pattern.findall(prompt)), jokes) for pattern, jokes in _MANNERS]
    most, jokes = max(hits, key=lambda hit: hit[0])
    return _shapes(jokes if most else PLAIN)


def _shapes(jokes: tuple[tuple[str, str, str], ...]) -> tuple[Shape, ...]:
    return tuple(
        Shape(frozenset(first.split()), frozenset(second.split()), text)
        for first, second, text in jokes
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
