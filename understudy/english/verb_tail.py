"""The end of a predicate: the main verb and its complements."""

from understudy.english.verb_list import ALSO_NOUNS
from understudy.english.verb_phrase import Cursor
from understudy.english.verbs import (
    base_of,
    form_of,
    is_base,
    is_ing,
    is_past,
    third,
)
from understudy.english.words import (
    ADVERBS,
    CONJUNCTIONS,
    DETERMINERS,
    JOINING,
    NUMBERS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
)
from understudy.english.wordset import word_set

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


class VerbTail(Cursor):
    """Reads from the main verb to the end of the predicate."""

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

    def complement(self) -> None:
        """The words after a form of "be": an activity, a quality with its preposition, or a thing."""
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
        """The number of words in "a big fan of", or 0."""
        for ahead in range(5):
            if (
                self.peek(ahead) in _OF_HEADS
                and self.peek(ahead + 1) in ("of", "to")
                and self.peek(ahead + 2)
            ):
                return ahead + 2
        return 0

    def adjective(self) -> int:
        """The number of words in "scared of", or 0 if no preposition follows."""
        plain = self.peek() not in DETERMINERS | PREPOSITIONS | PRONOUNS | NUMBERS
        follows = self.peek(1) in JOINING - {"like", "than"} and self.peek(2)
        return 2 if plain and follows and not self.peek().isdigit() else 0

    def after_verb(self) -> None:
        """Move particles, prepositions and further infinitives into the predicate."""
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


def _is_noun_here(word: str, following: str) -> bool:
    """'to work by bike' names a place; 'to work with animals' is an activity."""
    return word in ALSO_NOUNS and (not following or following in PREPOSITIONS | ADVERBS)
