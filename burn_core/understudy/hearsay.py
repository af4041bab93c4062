"""What one person says about another: to be confirmed with the other, and never a fact as it is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from burn_core.understudy.english.noise import is_about_here
from burn_core.understudy.english.retell import say_clause
from burn_core.understudy.english.sensitive import is_sensitive
from burn_core.understudy.english.text import clean, shorten
from burn_core.understudy.english.tokens import read_sentences
from burn_core.understudy.english.verbs import base_of, form_of
from burn_core.understudy.story import Said, Story

_QUOTE_LIMIT = 80
_RUMOUR = "Word has it that "
_BEFORE_NAME = r"(?:(?:my|our|the|this|i (?:think|heard|hear|know|bet)|apparently|btw|and|but|so|well|ok|oh|yeah|also|actually|fun fact|rumou?r has it|did you know|you know|friend|mate|brother|sister|wife|husband|colleague|boss|flatmate|roommate|buddy|pal|that|old|hey|haha|lol|yes|no)[\s,:]+)*"
# The teller says "her cat": the person concerned is asked about theirs.
_THEIRS = {"his": "their", "her": "their", "him": "them", "he": "they", "she": "they",
           "himself": "themselves", "herself": "themselves"}  # fmt: skip
_YES = re.compile(r"^\W*(yes|yeah|yep|yup|ya|true|it'?s true|that'?s true|that'?s right|guilty|i did|i do|i am|correct|"
                  r"sadly|unfortunately|afraid so|absolutely|of course|definitely|fine)\b", re.IGNORECASE)  # fmt: skip
_NO = re.compile(r"^\W*(no|nope|nah|never|not true|lies|that'?s a lie|false|i (did|do|have)(n'?t| not| never)|that'?s not true|it'?s not true)\b", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hearsay:
    """`told` is what was said of `subject`, in the teller's words, without the name."""

    subject: str
    told: str
    predicate: str
    object: str

    @property
    def question(self) -> str:
        """The question to the person concerned. It names nobody: the screen does."""
        if self.predicate:
            return f"{_RUMOUR}{say_clause(self.predicate, self.object)}. Is that true?"
        return f'Somebody here says of you: "{self.told}". Is that true?'


def find_hearsay(said: Said, story: Story) -> Iterator[Hearsay]:
    """What a message says about other people who are there."""
    others = {p: story.names[p] for p in story.present if p in story.names and p != said.by}
    for sentence in read_sentences(clean(said.text)):
        text = " ".join(sentence.words)
        if not sentence.is_question:
            yield from _about(text, others)


def _about(text: str, others: Mapping[str, str]) -> Iterator[Hearsay]:
    for person, name in others.items():
        pattern = rf"^{_BEFORE_NAME}@?{re.escape(name)}(?P<owner>'s)?(?P<told>(?:\s*,)?\s+\S.*)$"
        match = re.match(pattern, text, re.IGNORECASE)
        if match and (found := _read(person, match["told"].strip(" ,"), bool(match["owner"]))):
            yield found


def _read(person: str, told: str, owned: bool) -> Hearsay | None:
    words = told.split()
    alone = len(words) == 1 and form_of(words[0]) == "third"
    if (len(words) < 2 and not alone) or words[0].lower() in (
        "and",
        "or",
        "you",
        "i",
        "what",
        "do",
        "are",
        "tell",
        "is it",
        "your",
        "can",
        "how",
    ):
        return None
    if (
        is_sensitive(told)
        or is_about_here(told)
        or re.search(r"\b(roast|burn|go|answer|your turn)\b", told, re.I)
    ):
        return None
    short = shorten(told, _QUOTE_LIMIT)
    split = None if owned else _split(short.split())
    if split is None and not owned and form_of(words[0]) is None:
        return None
    return Hearsay(person, short, *(split or ("", "")))


def _split(words: list[str]) -> tuple[str, str] | None:
    """A predicate in the third person, and its object."""
    at = (
        1
        if words[0].lower()
        in ("once", "never", "always", "really", "secretly", "also", "still", "just")
        else 0
    )
    if at >= len(words):
        return None
    verb = words[at].lower()
    if verb not in ("is", "was", "has", "had", "can", "does", "did", "used", "would") and form_of(
        verb
    ) not in ("third", "past"):
        return None
    end = at + 1
    while end < len(words) - 1 and words[end].lower() in (
        "not",
        "to",
        "never",
        "been",
        "in",
        "at",
        "of",
        "with",
        "for",
        "as",
        "a" if False else "not",
    ):
        end += 1
    if verb in ("does", "did", "can", "used", "would") and end < len(words) - 1:
        end += 1
    predicate, obj = words[:end], [_THEIRS.get(w.lower(), w) for w in words[end:]]
    if not obj:
        return (
            (" ".join([*words[:at], "tends to"]), base_of(verb))
            if form_of(verb) == "third"
            else None
        )
    return " ".join(predicate).lower(), " ".join(obj)


def is_rumour(question: str) -> bool:
    """Whether a question asks somebody to confirm what was said of them."""
    return question.startswith(_RUMOUR)


def is_confirmed(answer: str) -> bool:
    return _YES.match(answer) is not None


def is_denied(answer: str) -> bool:
    return _NO.match(answer) is not None
