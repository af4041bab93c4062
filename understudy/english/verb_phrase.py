"""A verb phrase, and a cursor that moves words into it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from understudy.english.words import (
    ADVERBS,
    KEPT_ADVERBS,
    is_ly,
)


@dataclass
class VerbPhrase:
    """`predicate` is in the third person; `rest` is what follows it, still in the writer's words.

    `lead` is the part of the predicate that a second verb can share ("is" in "is learning"), and
    `form` is the form that such a verb has.
    """

    predicate: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)
    form: str = "finite"
    verb: str = ""
    verb_at: int = 0

    @property
    def negated(self) -> bool:
        return any(word in ("not", "cannot", "never") for word in self.lead)


class Cursor:
    """Moves the words into the predicate one by one."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.at = 0
        self.phrase = VerbPhrase()

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.words[at].lower() if at < len(self.words) else ""

    def put(self, *words: str) -> None:
        self.phrase.predicate += words

    def take(self) -> str:
        self.at += 1
        return self.words[self.at - 1].lower()

    def adverbs(self) -> None:
        """Keep the adverbs that change the fact, and drop the others."""
        while True:
            if (self.peek() in ("kind", "sort") and self.peek(1) == "of") or (
                self.peek() in ("a",) and self.peek(1) in ("bit", "little") and self.peek(2) != "of"
            ):
                self.at += 2
            elif self.peek() in KEPT_ADVERBS:
                self.put(self.take())
            elif self.peek() in ADVERBS or is_ly(self.peek()):
                self.at += 1
            else:
                return

    def negation(self) -> bool:
        if self.peek() == "not":
            self.at += 1
            return True
        return False
