"""The verb phrase: where the predicate ends and its object begins, in the third person."""

from collections.abc import Sequence

from understudy.english.verb_list import ALSO_NOUNS, STATIVE
from understudy.english.verb_phrase import VerbPhrase
from understudy.english.verb_tail import VerbTail
from understudy.english.verbs import (
    form_of,
    is_base,
    is_participle,
    third,
)
from understudy.english.words import (
    ADVERBS,
    CONJUNCTIONS,
    DETERMINERS,
    MODALS,
    NUMBERS,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
)
from understudy.english.wordset import word_set

_ADJECTIVAL = word_set(
    """
    mixed broken hidden fried dyed frozen baked dried mashed scrambled boiled roasted divided stained
    used split twisted swollen adopted grown crooked sunburnt fixed limited
    """
)


def read_verb_phrase(words: Sequence[str], shared: VerbPhrase | None = None) -> VerbPhrase | None:
    """Read the words after a subject. `shared` is the phrase whose lead this one continues."""
    reader = _Reader(words)
    if shared is not None:
        reader.phrase.predicate = list(shared.lead)
        reader.main_verb(shared.form)
    elif not reader.finite():
        return None
    reader.phrase.rest = list(words[reader.at :])
    return reader.phrase if reader.phrase.predicate else None


class _Reader(VerbTail):
    """Reads a predicate from its first word: auxiliaries, negation, then the main verb."""

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
        if self.negation():
            self.put(*(["cannot"] if word == "can" else [word, "not"]))
        else:
            self.put(word)
        self.adverbs()
        self.main_verb("base")


def _could_be_verb(word: str) -> bool:
    if form_of(word) is not None:
        return True
    closed = DETERMINERS | PREPOSITIONS | PRONOUNS | CONJUNCTIONS | QUESTION_WORDS | NUMBERS
    return word.isalpha() and word not in closed and len(word) > 1


def _is_adjectival(word: str, following: str) -> bool:
    """'broken dreams': a participle before its noun."""
    return word in _ADJECTIVAL and following not in DETERMINERS | PREPOSITIONS | ADVERBS | PRONOUNS
