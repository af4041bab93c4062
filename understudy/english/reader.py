"""Plain English in the first person → statements about the speaker.

A sentence is cut into chunks at its commas and conjunctions. A chunk with a subject is a clause:
the word after "I" is its verb, whatever it is. A chunk without a subject continues the clause
before it with another verb or another object. Anything else is a tail, which is dropped.
"""

import re
from collections.abc import Sequence

from understudy.english.clause import Clause
from understudy.english.clauses import Chunk, split_clauses
from understudy.english.coordination import (
    belongs_to_last,
    is_another_object,
    read_second_verb,
)
from understudy.english.dropped import read_without_subject
from understudy.english.experience import read_experience, read_favourite_thing
from understudy.english.noise import (
    is_about_here,
    is_forbidding,
    is_question,
    is_request,
    is_small_talk,
    says_nothing,
    strip_openers,
)
from understudy.english.objects import is_only_adverbs, is_trailer, trim
from understudy.english.predicates import read_verb_phrase
from understudy.english.rewriting import drop_hedge, join_subjects, write_plainly
from understudy.english.sensitive import is_sensitive
from understudy.english.statement import Statement
from understudy.english.subjects import (
    Subject,
    find_subject,
    frequency,
    read_owned,
    says_of_speaker,
)
from understudy.english.tokens import Sentence
from understudy.english.verb_phrase import VerbPhrase
from understudy.english.verbs import is_base
from understudy.english.words import NUMBERS, SUBJECT_PRONOUNS
from understudy.english.wordset import word_set

_TAILS = word_set(
    """
    when if unless which whenever until till after before where except as since
    """
)
_TIMES = frozenset({"since", "when", "if", "whenever", "until", "before", "after"})
_HEDGES = re.compile(
    r"\b(maybe|probably|perhaps|sometimes|kind of|sort of|i guess|i suppose|i think|might|"
    r"not really|occasionally|apparently|almost)\b",
    re.IGNORECASE,
)
_PARTLY = frozenset({"mostly", "mainly", "usually", "apparently"})
# "My holiday is over" says nothing about a person.
_STATES = (["over"], ["fine"], ["ok"], ["good"], ["great"], ["done"])
_AFTER_AGE = word_set(
    """
    years year yrs yo now this next today tomorrow
    """
)


def read_sentence(sentence: Sentence, is_answer: bool = False) -> list[Statement]:
    """The statements in a sentence. With `is_answer`, its subject is more likely to be left out."""
    words = strip_openers(sentence.words)
    if is_small_talk(words) or is_question(words):
        return []
    if found := read_experience(words):
        return [] if sentence.is_question or is_about_here(" ".join(words)) else found
    return _Reader(is_answer).read(write_plainly(sentence))


class _Reader:
    """Reads chunk after chunk and keeps the clause that is still open."""

    def __init__(self, is_answer: bool) -> None:
        self.is_answer = is_answer
        self.clause: Clause | None = None
        self.owned: tuple[str, ...] = ()
        # Set after a clause that isn't about the speaker: the next chunk may belong to that clause.
        self.skipping = False
        self.supposing = False
        self.found: list[Statement] = []

    def read(self, sentence: Sentence) -> list[Statement]:
        chunks = join_subjects(split_clauses(sentence))
        asking = [is_question(strip_openers(chunk.words)) for chunk in chunks]
        if sentence.is_question and not any(asking):
            return []
        for chunk, asks in zip(chunks, asking, strict=True):
            if asks and chunk.link not in _TAILS:
                break
            self.read_chunk(chunk)
        self.close()
        return self.found

    def read_chunk(self, chunk: Chunk) -> None:
        link, words = chunk.link, strip_openers(chunk.words)
        likened = link == "," and chunk.lower[0] == "like" and self.clause is not None
        partly = link == "," and chunk.lower[0] in _PARTLY and self.clause is not None
        if not words or likened or partly or is_trailer(chunk.words):
            return
        if link in _TAILS:
            self.read_tail(link, words)
        elif not (self.begin(words) or self.go_on(link, words)):
            self.skipping = True

    def read_tail(self, link: str, words: list[str]) -> None:
        """Drop '…when it rains', unless the clause would be empty without it."""
        clause = self.clause
        if clause and link in _TIMES and _waits(clause):
            clause.objects[-1] += [link, *words]
        self.skipping = True
        self.supposing = self.supposing or (link in ("if", "unless") and clause is None)

    def begin(self, words: list[str]) -> bool:
        """Begin a new clause if the chunk has its own subject. Return whether it has."""
        if found := read_favourite_thing(words):
            self.close()
            self.found.append(found)
            return True
        subject = find_subject(words) or self.same_subject(words)
        if subject is None:
            return self.is_about_another(words)
        self.close()
        self.owned = subject.owned or self.owned
        phrase = read_owned(subject) if subject.owned else _read_first_person(subject)
        self.skipping = phrase is None or self.is_nothing(phrase, subject.owned, words)
        if phrase is not None and not self.skipping:
            self.open(phrase, subject, words)
        return True

    def same_subject(self, words: list[str]) -> Subject | None:
        """'he', after 'my dog': still the dog."""
        if words[0].lower() in ("he", "she", "it", "they") and self.owned and len(words) > 2:
            return Subject(self.owned, (), tuple(words[1:]))
        return None

    def is_about_another(self, words: list[str]) -> bool:
        other = words[0].lower() in SUBJECT_PRONOUNS - {"people"} and len(words) > 1
        if other:
            self.close()
            self.skipping = True
        return other

    def is_nothing(self, phrase: VerbPhrase, owned: tuple[str, ...], words: Sequence[str]) -> bool:
        """Whether to leave out a clause because it says nothing or is sensitive."""
        whole = " ".join(words)
        if is_about_here(whole) or is_sensitive(whole):
            return True
        if self.supposing and "would" in phrase.predicate:
            return True
        if owned:
            return phrase.verb == "be" and [w.lower() for w in phrase.rest] in _STATES
        return says_nothing(phrase, trim(phrase.rest))

    def open(self, phrase: VerbPhrase, subject: Subject, words: Sequence[str]) -> None:
        fronted = [word.lower() for word in subject.fronted]
        if "once" in fronted and "once" not in phrase.predicate:
            phrase.predicate = ["once", *phrase.predicate]
        confidence = _confidence(phrase, subject, " ".join(words))
        ending = frequency(subject.fronted)
        self.clause = Clause(phrase, [list(phrase.rest)], confidence, subject.owned, ending)

    def go_on(self, link: str, words: list[str]) -> bool:
        """Continue the open clause, or begin one whose "I" is missing."""
        if self.clause is None:
            return self.begin_without_subject(link, words)
        if self.skipping and link not in ("but", ";"):
            return False
        if is_small_talk(words) or is_only_adverbs(words):
            return True
        if is_forbidding(words):
            return False
        if phrase := read_second_verb(self.clause, link, words):
            self.go_on_with(self.clause, phrase, words)
            return True
        return (
            bool(self.clause.objects)
            and is_another_object(self.clause, link, words)
            and self.add_object(link, words)
        )

    def go_on_with(self, before: Clause, phrase: VerbPhrase, words: list[str]) -> None:
        self.close()
        if self.is_nothing(phrase, before.owned, words):
            # Skip the verb. The next one may still share the subject.
            self.clause = Clause(before.phrase, [], before.confidence, before.owned)
            return
        _write_age(phrase)
        phrase.predicate = [*before.owned, *phrase.predicate]
        self.clause = Clause(phrase, [list(phrase.rest)], before.confidence, before.owned)

    def begin_without_subject(self, link: str, words: list[str]) -> bool:
        if self.supposing or (self.skipping and link not in (",", "but", ";")):
            return False
        if is_forbidding(words) or (is_request(words) and not self.is_answer):
            return False
        phrase = read_without_subject(words, self.is_answer)
        if phrase is None or self.is_nothing(phrase, (), words):
            return False
        self.skipping = False
        _write_age(phrase)
        self.clause = Clause(phrase, [list(phrase.rest)], 0.8)
        return True

    def add_object(self, link: str, words: list[str]) -> bool:
        assert self.clause is not None
        objects = self.clause.objects
        if not any(objects):
            return self.add_bare_verb(words)
        if belongs_to_last(self.clause, link, words):
            objects[-1] += ["and" if link == "," else link, *words]
        else:
            objects.append(list(words))
        return True

    def add_bare_verb(self, words: list[str]) -> bool:
        """'I cook and bake': another activity, without an object."""
        before = self.clause.phrase if self.clause else None
        shared = before if before and before.form == "base" else None
        phrase = read_verb_phrase(words, shared) if shared or is_base(words[0]) else None
        if phrase is None:
            return False
        self.close()
        self.clause = Clause(phrase, [list(phrase.rest)], 0.8)
        return True

    def close(self) -> None:
        if self.clause is not None:
            self.found += [s for s in self.clause.statements() if s not in self.found]
        self.clause = None


def _waits(clause: Clause) -> bool:
    """'I cry' and 'I'm happiest' need what comes next."""
    last = clause.objects[-1] if clause.objects else ["nothing"]
    return not last or (len(last) == 1 and last[0].endswith("est"))


def _read_first_person(subject: Subject) -> VerbPhrase | None:
    rest = drop_hedge(subject.rest)
    if rest and rest[0].lower() in ("i", "my"):
        inner = find_subject(rest)
        if inner is None or inner.owned:
            return read_owned(inner) if inner else None
        rest = list(inner.rest)
    phrase = read_verb_phrase(rest)
    if phrase is None or phrase.verb == "wish":
        return phrase and _read_wish(phrase)
    _write_age(phrase)
    return phrase


def _read_wish(phrase: VerbPhrase) -> VerbPhrase | None:
    """'wishes' + 'I could sing' → 'wishes they could' + 'sing'."""
    if not phrase.rest or phrase.rest[0].lower() != "i":
        return phrase if "to" in phrase.predicate else None
    inner = read_verb_phrase(phrase.rest[1:])
    if inner is None:
        return None
    first, *others = inner.predicate
    inner.predicate = ["wishes", "they", "were" if first == "was" else first, *others]
    inner.lead = ["wishes", "they", *inner.lead]
    return inner


def _write_age(phrase: VerbPhrase) -> None:
    """'I am 34' → '34 years old'."""
    if not phrase.rest or phrase.predicate[-1] not in ("is", "was", "been", "not"):
        return
    number, after = phrase.rest[0].lower(), [word.lower() for word in phrase.rest[1:2]]
    counts = number.isdigit() and 3 <= int(number[:4]) <= 115
    named = number in NUMBERS or ("-" in number and number.split("-")[0] in NUMBERS)
    if (counts or named) and (not after or after[0] in _AFTER_AGE):
        phrase.rest = [phrase.rest[0], "years", "old"]


def _confidence(phrase: VerbPhrase, subject: Subject, text: str) -> float:
    if _HEDGES.search(text) or (subject.owned and says_of_speaker(phrase)):
        return 0.6
    if phrase.verb == "think" and "about" not in phrase.predicate:
        return 0.7
    return 0.8 if subject.owned else 0.9
