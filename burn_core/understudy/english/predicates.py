"""The verb phrase: where the predicate ends and its object begins, in the third person."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from burn_core.understudy.english.verb_list import ALSO_NOUNS, STATIVE
from burn_core.understudy.english.verbs import (
    base_of,
    form_of,
    is_base,
    is_ing,
    is_participle,
    is_past,
    third,
)
from burn_core.understudy.english.words import (
    ADVERBS,
    CONJUNCTIONS,
    DETERMINERS,
    JOINING,
    KEPT_ADVERBS,
    MODALS,
    NUMBERS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    is_ly,
)
from burn_core.understudy.english.wordset import word_set

_REFLEXIVE = {"myself": "themselves", "ourselves": "themselves", "themselves": "themselves",
              "himself": "himself", "herself": "herself", "itself": "itself"}  # fmt: skip
_MOTION = word_set(
    """
    go come move travel drive walk commute fly cycle run get ride be belong listen talk return
    head send take
    """
)
_ING_ADJECTIVES = word_set(
    """
    boring interesting annoying amazing willing outgoing embarrassing charming hardworking
    hard-working easygoing easy-going exciting disgusting demanding loving caring self-loathing
    """
)
# "A big fan of jazz" is about jazz.
_OF_HEADS = word_set(
    """
    fan lover member owner collector supporter mother father mum mom dad parent grandmother
    grandfather grandparent fans
    """
)
_PAST_CUES = frozenset({"ago", "once", "yesterday", "was", "when"})
_TIMES_AGO = frozenset({"week", "year", "month", "night", "summer", "winter", "time", "christmas"})
_BOTH_TENSES = word_set(
    """
    put cut hit let read set cost hurt shut spread bet burst split knit
    """
)


@dataclass
class VerbPhrase:
    """`predicate` in the third person; `rest` is what follows it, still in the writer's words.

    `lead` is the part of the predicate that a second verb may share ("is" in "is learning"), and
    `form` the form that such a verb would have.
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


def read_verb_phrase(words: Sequence[str], shared: VerbPhrase | None = None) -> VerbPhrase | None:
    """Read what follows a subject. `shared` is the phrase whose lead this one continues."""
    reader = _Reader(words)
    if shared is not None:
        reader.phrase.predicate = list(shared.lead)
        reader.main_verb(shared.form)
    elif not reader.finite():
        return None
    reader.phrase.rest = list(words[reader.at :])
    return reader.phrase if reader.phrase.predicate else None


class _Reader:
    """A cursor over the words, which moves them one by one into the predicate."""

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
        """Drop the adverbs that only colour, and keep those that change the fact."""
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

    def finite(self) -> bool:
        self.adverbs()
        word = self.peek()
        if word in ("am", "are", "is", "was", "were"):
            self.be(third(self.take()))
        elif word in ("have", "has", "had"):
            self.have(third(self.take()))
        elif word in MODALS:
            self.modal()
        elif word in ("do", "does", "did") and self.peek(1) == "not":
            self.put("did" if self.take() == "did" else "does", "not")
            self.at += 1
            self.main_verb("base")
        elif word == "neither":
            self.at += 1
            self.put("does", "not")
            self.main_verb("base")
        elif word in ("do", "did") and self.is_emphatic():
            self.at += 1
            self.main_verb("finite")
        elif word == "used" and self.peek(1) == "to":
            self.at += 2
            self.put("used", "to")
            self.main_verb("base")
        elif _could_be_verb(word):
            self.main_verb("finite")
        else:
            return False
        return True

    def is_emphatic(self) -> bool:
        following = self.peek(1)
        if following in ("really", "actually", "still", "also"):
            following = self.peek(2)
        return is_base(following) and (following in STATIVE or following not in ALSO_NOUNS)

    def be(self, word: str) -> None:
        self.put(word)
        self.adverbs()
        if self.negation():
            self.put("not")
            self.adverbs()
        self.phrase.verb, self.phrase.verb_at = "be", len(self.phrase.predicate) - 1
        self.phrase.lead, self.phrase.form = list(self.phrase.predicate), "complement"
        self.complement()

    def complement(self) -> None:
        """What follows a form of "be": a doing, a quality with its preposition, or a thing."""
        word = self.peek()
        if (
            word == "going"
            and self.peek(1) == "to"
            and is_base(self.peek(2))
            and self.peek(2) not in ("bed", "work", "school")
        ):
            self.at += 2
            self.put("going", "to")
            self.main_verb("base")
        elif word == "used" and self.peek(1) == "to":
            self.at += 2
            self.put("used", "to")
        elif is_ing(word) and word not in _ING_ADJECTIVES:
            self.main_verb("ing")
        elif word in JOINING and self.peek(1):
            self.put(self.take())
        else:
            self.quality()

    def quality(self) -> None:
        reach = self.of_head() or self.adjective()
        for _ in range(reach):
            self.put(self.take())
        if (
            reach
            and self.phrase.predicate[-1] == "to"
            and is_base(self.peek())
            and not _is_noun_here(self.peek(), self.peek(1))
        ):
            self.phrase.predicate.pop()
            self.at -= 1
            self.after_verb()

    def of_head(self) -> int:
        """How many words "a big fan of" has, or 0."""
        for ahead in range(5):
            if (
                self.peek(ahead) in _OF_HEADS
                and self.peek(ahead + 1) in ("of", "to")
                and self.peek(ahead + 2)
            ):
                return ahead + 2
        return 0

    def adjective(self) -> int:
        """How many words "scared of" has, or 0 when no preposition follows."""
        plain = self.peek() not in DETERMINERS | PREPOSITIONS | PRONOUNS | NUMBERS
        follows = self.peek(1) in JOINING - {"like", "than"} and self.peek(2)
        return 2 if plain and follows and not self.peek().isdigit() else 0

    def have(self, word: str) -> None:
        if word == "had" and self.peek() == "better":
            return
        self.put(word)
        denied = self.negation()
        before = len(self.phrase.predicate)
        self.adverbs()
        following = self.peek()
        if following == "got" and self.peek(1) not in DETERMINERS and is_participle(self.peek(1)):
            denied_words = ["not"] if denied else []
            self.phrase.predicate[before:before] = denied_words
            self.main_verb("participle")
        elif following == "got":
            self.at += 1
            self.own(denied)
        elif (
            following == "been"
            or (denied and following.endswith("ed"))
            or (is_participle(following) and not _is_adjectival(following, self.peek(1)))
        ):
            if denied:
                self.phrase.predicate.insert(before, "not")
            self.perfect()
        else:
            self.own(denied)

    def own(self, denied: bool) -> None:
        if denied:
            self.phrase.predicate[-1:] = ["does", "not", "have"]
        self.phrase.verb, self.phrase.verb_at = "have", len(self.phrase.predicate) - 1
        self.phrase.lead = []
        if self.peek() == "to" and is_base(self.peek(1)):
            self.after_verb()

    def perfect(self) -> None:
        self.phrase.lead, self.phrase.form = list(self.phrase.predicate), "participle"
        if self.peek() != "been":
            self.main_verb("participle")
            return
        self.put(self.take())
        self.phrase.verb, self.phrase.verb_at = "be", len(self.phrase.predicate) - 1
        self.phrase.lead, self.phrase.form = list(self.phrase.predicate), "complement"
        self.adverbs()
        self.complement()

    def modal(self) -> None:
        word = self.take()
        if word == "would" and self.peek() == "rather":
            self.at += 1
            self.put("would", "rather")
            self.phrase.verb = "prefer"
            if self.negation():
                self.put("not")
            return
        kept = len(self.phrase.predicate)
        if self.negation():
            self.put(*(["cannot"] if word == "can" else [word, "not"]))
        else:
            self.put(word)
        self.adverbs()
        # "I never could" and "I could never" are one.
        del kept
        self.main_verb("base")

    def main_verb(self, form: str) -> None:
        self.adverbs()
        word = self.peek()
        if not word:
            return
        self.phrase.lead, self.phrase.form = list(self.phrase.predicate), form
        self.at += 1
        self.phrase.verb = base_of(word)
        self.phrase.verb_at = len(self.phrase.predicate)
        self.put(self.inflect(word) if form == "finite" else word)
        if word == "be" and form == "base":
            self.adverbs()
            if self.peek() not in DETERMINERS:
                self.complement()
            return
        self.after_verb()

    def inflect(self, word: str) -> str:
        if word in _BOTH_TENSES:
            return word if self.is_over() else third(word)
        if word == "quit":
            return word
        if is_base(word):
            return third(word)
        if is_past(word) or form_of(word) == "third":
            return word
        return "is " + word if is_ing(word) else third(word)

    def is_over(self) -> bool:
        """Whether the words around a verb like "put" say that it was done in the past."""
        rest = [word.lower() for word in self.words]
        last = "last" in rest[:-1] and rest[rest.index("last") + 1] in _TIMES_AGO
        return last or any(word in _PAST_CUES for word in rest)

    def after_verb(self) -> None:
        """Draw particles, prepositions and further infinitives into the predicate."""
        if self.phrase.verb == "spend":
            return self.spend()
        if self.peek() == "it" and self.peek(1) == "when":
            return self.put(self.take(), self.take())
        if self.peek() in _REFLEXIVE:
            self.put(_REFLEXIVE[self.take()])
        if self.phrase.verb == "know" and self.peek() == "how" and self.peek(1) == "to":
            self.put(self.take())
        while following := self.peek(1):
            word = self.peek()
            if word == "to" and self.is_infinitive(following):
                self.put(self.take())
                return self.main_verb("base")
            if word == "to" and following == "not" and is_base(self.peek(2)):
                self.put(self.take(), self.take())
                return self.main_verb("base")
            if word in PARTICLES and following in PREPOSITIONS | {"to"}:
                self.put(self.take())
            elif word in JOINING | PARTICLES:
                if word in ("to", "up") and following in CONJUNCTIONS:
                    return None
                self.put(self.take())
                return None
            else:
                return None
        return None

    def is_infinitive(self, following: str) -> bool:
        if following in ADVERBS:
            following = self.peek(2)
        if self.phrase.verb in _MOTION and _is_noun_here(following, self.peek(2)):
            return False
        return is_base(following) or following == "be"

    def spend(self) -> None:
        """'spends their weekends' + 'restoring…', 'spends too much money on' + 'shoes'."""
        for ahead in range(1, 7):
            word = self.peek(ahead)
            if is_ing(word) and word not in ("evening", "morning"):
                break
            if word in ("on", "in", "at", "with", "trying") and self.peek(ahead + 1):
                ahead += 1
                break
        else:
            return
        self.put(*(_possessive(self.take()) for _ in range(ahead)))


def _possessive(word: str) -> str:
    return "their" if word in ("my", "our") else word


def _could_be_verb(word: str) -> bool:
    if form_of(word) is not None:
        return True
    closed = DETERMINERS | PREPOSITIONS | PRONOUNS | CONJUNCTIONS | QUESTION_WORDS | NUMBERS
    return word.isalpha() and word not in closed and len(word) > 1


def _is_noun_here(word: str, following: str) -> bool:
    """'to work by bike' goes to a place; 'to work with animals' would be a doing."""
    return word in ALSO_NOUNS and (not following or following in PREPOSITIONS | ADVERBS)


def _is_adjectival(word: str, following: str) -> bool:
    """'broken dreams': a participle in front of its noun."""
    return (
        following.endswith("s")
        and following not in DETERMINERS | PREPOSITIONS | ADVERBS | PRONOUNS
        and word
        not in (
            "had",
            "made",
            "read",
            "seen",
            "eaten",
            "lost",
            "owned",
            "visited",
            "met",
            "done",
            "played",
            "run",
            "written",
            "tried",
            "taught",
            "kept",
            "won",
            "bought",
            "collected",
        )
    )
