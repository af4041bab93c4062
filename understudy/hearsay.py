"""What people say about each other. It becomes a fact only when the person confirms it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from understudy.english.clause import Clause
from understudy.english.noise import is_about_here
from understudy.english.predicates import read_verb_phrase
from understudy.english.retell import say_clause
from understudy.english.sensitive import is_sensitive
from understudy.english.statement import Statement
from understudy.english.text import clean, shorten
from understudy.english.tokens import read_sentences
from understudy.english.verbs import form_of
from understudy.english.words import ADVERBS, BE, MODALS
from understudy.story import Said, Story

_QUOTE_LIMIT = 80
_RUMOUR = "Word has it that "
_BEFORE_NAME = r"(?:(?:my|our|the|this|i (?:think|heard|hear|know|bet)|apparently|btw|and|but|so|well|ok|oh|yeah|also|actually|fun fact|rumou?r has it|did you know|you know|friend|mate|brother|sister|wife|husband|colleague|boss|flatmate|roommate|buddy|pal|that|old|hey|haha|lol|yes|no)[\s,:]+)*"
# Words that follow a name when somebody is addressed, not talked about.
_TO_THEM = frozenset({"and", "or", "you", "i", "what", "do", "are", "tell", "your", "can", "how"})
_ORDERED = re.compile(r"\b(roast|burn|go|answer|your turn)\b", re.IGNORECASE)
# The teller says "her cat"; the question says "their cat".
_THEIRS = {"his": "their", "her": "their", "him": "them", "he": "they", "she": "they",
           "himself": "themselves", "herself": "themselves"}  # fmt: skip
_YES = re.compile(r"^\W*(yes|yeah|yep|yup|ya|true|it'?s true|that'?s true|that'?s right|guilty|i did|i do|i am|correct|"
                  r"sadly|unfortunately|afraid so|absolutely|of course|definitely|fine)\b", re.IGNORECASE)  # fmt: skip
_NO = re.compile(r"^\W*(no|nope|nah|never|not true|lies|that'?s a lie|false|i (did|do|have)(n'?t| not| never)|that'?s not true|it'?s not true)\b", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hearsay:
    """`told` is what was said about `subject`, in the teller's words, without the name."""

    subject: str
    told: str
    predicate: str
    object: str

    @property
    def question(self) -> str:
        """The question to the subject. It names nobody, because the screen does."""
        if self.predicate:
            return f"{_RUMOUR}{say_clause(self.predicate, self.object)}. Is that true?"
        return f'Somebody here says about you: "{self.told}". Is that true?'


def find_hearsay(said: Said, story: Story) -> Iterator[Hearsay]:
    """What a message says about other people present. Skips people who have tapped out."""
    if said.is_off_the_record:
        return
    whom = [p for p in story.present if p != said.by and p not in said.tapped_out]
    others = {person: story.names[person] for person in whom if person in story.names}
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
    if not words or words[0].lower() in _TO_THEM or is_sensitive(told) or is_about_here(told):
        return None
    if _ORDERED.search(told):
        return None
    short = shorten(told, _QUOTE_LIMIT)
    if owned:
        return Hearsay(person, short, "", "") if len(words) > 1 else None
    statement = _statement(short.split())
    return Hearsay(person, short, statement.predicate, statement.object) if statement else None


def _statement(words: list[str]) -> Statement | None:
    """'once ate a whole cake' as a predicate and an object."""
    verb = next((word.lower() for word in words if word.lower() not in ADVERBS), "")
    if form_of(verb) not in ("third", "past") and verb not in BE | MODALS | {"has", "does", "did"}:
        return None
    phrase = read_verb_phrase([_THEIRS.get(word.lower(), word) for word in words])
    made = Clause(phrase, [list(phrase.rest)], 0.7).statements() if phrase else []
    return made[0] if made else None


def is_rumour(question: str) -> bool:
    """Whether a question asks somebody to confirm what was said about them."""
    return question.startswith(_RUMOUR)


def is_confirmed(answer: str) -> bool:
    return _YES.match(answer) is not None


def is_denied(answer: str) -> bool:
    return _NO.match(answer) is not None
