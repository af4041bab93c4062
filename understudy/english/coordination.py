"""What a chunk without a subject adds to the clause before: a verb, an object, or nothing."""

from collections.abc import Sequence

from understudy.english.clause import Clause
from understudy.english.predicates import read_verb_phrase
from understudy.english.verb_list import ALSO_NOUNS, STATIVE
from understudy.english.verb_phrase import VerbPhrase
from understudy.english.verbs import base_of, form_of, is_base, is_ing, is_participle
from understudy.english.words import (
    ADVERBS,
    BE,
    DETERMINERS,
    MODALS,
    NUMBERS,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
)
from understudy.english.wordset import word_set

_LISTS = frozenset({",", "and", "or", "plus", "nor"})
_JOINS = _LISTS | {";", "but", "so", "then"}
# A shared "can not" carries over "or", but not over these.
_BREAKING = frozenset({"and", "but", "so", "then", "plus"})
_NOT_OBJECTS = word_set(
    """
    i we you it that this he she they there though with even well including all
    """
)
_COMMON_ADJECTIVES = word_set(
    """
    old new big little small good bad long short hot cold fresh second-hand vintage terrible
    great other different model
    """
)
# The smell of rain and old books is one smell.
_WHOLES = frozenset({"smell", "sound", "mix", "mixture", "combination", "taste", "love", "fear"})
_PLACING = frozenset({"from", "in", "into", "at", "to"})
_PARTLY = frozenset({"mostly", "mainly", "usually", "sometimes", "apparently", "especially"})
_LIKING = word_set(
    """
    like love enjoy hate prefer be include adore do go dislike detest miss
    """
)


def read_second_verb(clause: Clause, link: str, words: Sequence[str]) -> VerbPhrase | None:
    """'…and work as a nurse': the verb phrase of a chunk that shares its subject."""
    if link not in _JOINS:
        return None
    before = clause.phrase
    at = next((i for i, w in enumerate(words) if w.lower() not in ADVERBS), 0)
    word = words[at].lower()
    following = words[at + 1].lower() if at + 1 < len(words) else ""
    if "born" in [w.lower() for w in (*before.predicate, *before.rest)] and word in (
        "raised",
        "bred",
    ):
        return read_verb_phrase(["was", *words])
    if link in ("or", "nor") and before.negated and _shares_lead(clause, word, following):
        return read_verb_phrase(words, before)
    if _is_finite(word, following) or (at and is_base(word)) or _goes_on(clause, word):
        return read_verb_phrase(words)
    crosses = not (before.negated and link in _BREAKING)
    if crosses and _shares_lead(clause, word, following):
        return read_verb_phrase(words, before)
    if _is_second_verb(word, following, before):
        return read_verb_phrase(words)
    if before.form == "complement" and _is_amount(word, following):
        return read_verb_phrase(["have", *words])
    if (
        before.form == "complement"
        and words[0].lower() not in _PARTLY
        and not (link == "," and word in PREPOSITIONS - _PLACING)
        and _is_complement(words, word, following, before)
    ):
        return read_verb_phrase([before.lead[-1] if before.lead[-1] in BE else "am", *words])
    return None


def is_another_object(clause: Clause, link: str, words: Sequence[str]) -> bool:
    """Whether a chunk is another item in a list that the clause began."""
    first = words[0].lower()
    if link not in _LISTS or first in _NOT_OBJECTS or first in QUESTION_WORDS:
        return False
    if (
        _is_about_others(words)
        or _begins_with_preposition(words)
        or _is_counted(clause.objects[-1], words)
    ):
        return False
    return not is_ing(first) or _lists_doings(clause)


def _is_about_others(words: Sequence[str]) -> bool:
    """'and kids smell fear', 'and the cat hates it': a clause with another subject."""
    lower = [word.lower() for word in words]
    for at in range(1, len(lower) - 1):
        if lower[at - 1] in ("who", "that", "which") or "i" in lower[:at]:
            return False
        if lower[at] in ("is", "are", "was", "were", "has", "does"):
            return True
        plural = lower[at - 1].endswith("s") and form_of(lower[at - 1]) is None
        form = form_of(lower[at])
        if (form == "third" and base_of(lower[at]) not in ALSO_NOUNS) or (
            form == "base" and plural
        ):
            return True
    return False


def _begins_with_preposition(words: Sequence[str]) -> bool:
    return next((w.lower() for w in words if w.lower() not in ADVERBS), "") in PREPOSITIONS


def _is_counted(last: Sequence[str], words: Sequence[str]) -> bool:
    """'mum of three' + 'nurse': the number didn't begin a list."""
    counted = len(last) == 1 and last[0].lower() in NUMBERS
    return counted and words[0].lower() not in DETERMINERS


def belongs_to_last(clause: Clause, link: str, words: Sequence[str]) -> bool:
    """'between five' + 'and six', 'called Salt' + 'and Pepper': not a new item."""
    lower = [word.lower() for word in clause.objects[-1]]
    if "with" in lower[1:-1] and clause.phrase.verb != "have" and words[0].lower() in DETERMINERS:
        return link == "and"
    if len(words) == 1 and len(lower) > 2 and lower[-2] in PREPOSITIONS:
        return link == "and"
    if clause.phrase.verb == "give" or (
        len(lower) > 3 and lower[-2] == "of" and lower[-3] in _WHOLES
    ):
        return link == "and"
    if "between" in lower:
        return link == "and"
    if "than" in lower:
        return link in ("and", "or")
    named = "called" in lower[-3:] or "named" in lower[-3:]
    return named and link == "and" and words[0][0].isupper() and lower[0] != "a"


def _is_amount(word: str, following: str) -> bool:
    """'I'm a nurse, two cats': she has them."""
    counts = word in NUMBERS or word.isdigit()
    return counts and following.endswith("s") and following not in ("years", "yrs")


def _goes_on(clause: Clause, word: str) -> bool:
    """'My hamster escaped' + 'and lives under the fridge'."""
    return bool(clause.owned) and form_of(word) == "third" and base_of(word) not in ALSO_NOUNS


def _is_finite(word: str, following: str) -> bool:
    if word == "used":
        return following == "to"
    if word in BE | MODALS | {"have", "has", "had", "do", "did", "does"}:
        return True
    return form_of(word) in ("past", "base") and word not in ALSO_NOUNS


def _shares_lead(clause: Clause, word: str, following: str) -> bool:
    """Whether the verb continues 'can …', 'is …ing' or 'has …'."""
    form = clause.phrase.form
    if form == "base":
        noun_like = word in ALSO_NOUNS and not _takes(following) and any(clause.objects)
        own_mind = word in STATIVE - {"have", "be", "live", "own", "work"}
        return is_base(word) and not own_mind and not noun_like
    if form == "ing":
        return is_ing(word) and clause.phrase.verb not in ("love", "enjoy")
    return form == "participle" and is_participle(word) and form_of(word) is not None


def _is_second_verb(word: str, following: str, before: VerbPhrase) -> bool:
    """A verb that could be a noun: the words around it decide."""
    if not is_base(word) or word in DETERMINERS | PREPOSITIONS:
        return False
    if before.form in ("ing", "participle") and before.lead:
        return word in STATIVE and _takes(following)
    if word in STATIVE:
        return bool(following)
    if before.verb not in _LIKING and (following.endswith("s") or following in _COMMON_ADJECTIVES):
        return True
    acts = before.verb not in _LIKING | STATIVE and before.form == "finite"
    return _takes(following) or (acts and bool(following) and following not in PREPOSITIONS)


def _takes(following: str) -> bool:
    """Whether this word shows that the one before it, which may be a verb, is one."""
    return (
        following in DETERMINERS
        or following in PRONOUNS
        or following in PREPOSITIONS - {"of", "with"}
        or following in ("too", "badly", "well", "nights")
    )


def _is_complement(words: Sequence[str], word: str, following: str, before: VerbPhrase) -> bool:
    """After 'I'm tall': 'from Leeds', 'scared of bees', 'married'."""
    if before.verb != "be" or word in DETERMINERS - NUMBERS or _is_about_others(words):
        return False
    if word in PREPOSITIONS or following in PREPOSITIONS or is_ing(word):
        return True
    return before.predicate[-1] not in PREPOSITIONS


def _lists_doings(clause: Clause) -> bool:
    """Whether an -ing form can be an item here: 'loves hiking' + 'swimming'."""
    first, *others = clause.objects
    predicate = clause.phrase.predicate
    return (
        bool(others)
        or (bool(first) and is_ing(first[0]))
        or clause.phrase.verb in _LIKING
        or predicate[-1] in PREPOSITIONS
    )
