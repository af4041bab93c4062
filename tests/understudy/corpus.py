"""The sentences in corpus/ with their facts, and how well the understudy finds them.

In a corpus file, a line that begins with '> ' is the question asked before the next sentence, an
indented line is a fact ('predicate | object') in the sentence above it, a line that begins with
'#' is a comment, and any other line is a sentence. A sentence with no fact below it holds none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from understudy.english.facts import find_facts
from understudy.questions import completes

FILES = sorted((Path(__file__).parent / "corpus").glob("*.txt"))
# Words that don't count when two facts are compared.
_LIGHT = frozenset(
    [
        "a",
        "an",
        "the",
        "really",
        "very",
        "is",
        "are",
        "quite",
        "just",
        "also",
        "currently",
        "originally",
    ]
)
_LONGEST_TAIL = 4

Pair = tuple[str, str]


@dataclass
class Case:
    question: str
    text: str
    facts: list[Pair] = field(default_factory=list)

    def found(self) -> list[Pair]:
        statements = find_facts(self.text, self.question, completes(self.question))
        return [(each.predicate, each.object) for each in statements]


@dataclass
class Score:
    expected: int = 0
    found: int = 0
    right: int = 0
    mistakes: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right / self.expected

    @property
    def precision(self) -> float:
        return self.right / self.found


def read_cases(path: Path) -> Iterator[Case]:
    case, question = None, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  ") and case:
            predicate, _, obj = line.partition("|")
            case.facts.append((predicate.strip(), obj.strip()))
        elif line.startswith("> "):
            question = line[2:]
        elif line and not line.startswith("#"):
            if case:
                yield case
            case, question = Case(question, line), ""
    if case:
        yield case


def score(path: Path) -> Score:
    """Compare the facts found with the facts expected."""
    total = Score()
    for case in read_cases(path):
        left = case.found()
        total.expected += len(case.facts)
        total.found += len(left)
        for fact in case.facts:
            match = next((pair for pair in left if is_same(fact, pair)), None)
            if match is None:
                total.mistakes.append(f"{case.text!r}: missed {fact}")
                continue
            left.remove(match)
            total.right += 1
        total.mistakes += [f"{case.text!r}: made up {pair}" for pair in left]
    return total


def is_same(expected: Pair, found: Pair) -> bool:
    """Whether both read the same, wherever the predicate ends. found can have a few more words."""
    one, other = _words(expected), _words(found)
    if not expected[1]:
        return expected[0].removesuffix("s") in " ".join(other)
    return other[: len(one)] == one and len(other) - len(one) <= _LONGEST_TAIL


def _words(pair: Pair) -> list[str]:
    plain = re.sub(r"[^\w' ]", " ", " ".join(pair).lower())
    return [word for word in plain.split() if word not in _LIGHT]


if __name__ == "__main__":
    for file in FILES:
        result = score(file)
        print(f"{file.name}: recall {result.recall:.3f} of {result.expected}, ", end="")
        print(f"precision {result.precision:.3f} of {result.found}")
        print("".join(f"    {mistake}\n" for mistake in result.mistakes), end="")
