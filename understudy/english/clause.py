"""A parsed clause: a verb phrase, the objects gathered for it, and how sure it is."""

from dataclasses import dataclass, field

from understudy.english.objects import is_only_adverbs, trim
from understudy.english.statement import Statement, make_statement
from understudy.english.subjects import says_of_speaker
from understudy.english.verb_phrase import VerbPhrase
from understudy.english.verbs import base_of, form_of
from understudy.english.words import FILLER_ADVERBS, KEPT_ADVERBS, MODALS

_SAYING = frozenset({"think", "believe", "reckon", "say", "find"})


@dataclass
class Clause:
    """`owned` names the speaker's thing that it is about; `ending` goes after each object."""

    phrase: VerbPhrase
    objects: list[list[str]]
    confidence: float
    owned: tuple[str, ...] = ()
    ending: list[str] = field(default_factory=list)

    def statements(self) -> list[Statement]:
        """One per object, leaving out those that say nothing."""
        made = [self._statement(words) for words in self.objects]
        return [statement for statement in made if statement is not None]

    def _statement(self, words: list[str]) -> Statement | None:
        predicate, obj = list(self.phrase.predicate), trim(words)
        if self.objects[0][:1] and self.objects[0][0].lower() == "neither":
            predicate = _deny(predicate)
        obj = obj[1:] if self._is_prefixed(obj) else obj
        if not obj or is_only_adverbs(obj):
            predicate, obj = self._without_object(obj)
        if self.phrase.verb == "do" and obj and obj[0].lower() in ("it", "that", "this"):
            return None
        if not obj or (obj in (["me"], ["us"]) and not self.owned):
            return None
        return make_statement(predicate, [*obj, *self.ending], self.confidence)

    def _is_prefixed(self, obj: list[str]) -> bool:
        """'neither cats', 'both cats', and 'that' before what somebody thinks."""
        first = obj[0].lower() if len(obj) > 1 else ""
        saying = self.phrase.verb in _SAYING or (self.owned and says_of_speaker(self.phrase))
        return first in ("neither", "either", "both") or (bool(saying) and first == "that")

    def _without_object(self, rest: list[str]) -> tuple[list[str], list[str]]:
        """'can juggle' → 'can' + 'juggle', 'snores' → 'tends to' + 'snore'."""
        phrase, rest = self.phrase, [w for w in rest if w.lower() not in FILLER_ADVERBS]
        if phrase.verb == "be" or not phrase.predicate:
            return [], []
        *head, last = phrase.predicate
        if last in MODALS | {"not", "cannot"}:
            return [], []
        if self.owned and len(head) == len(self.owned):
            return [*head, "tends to"], [phrase.verb]
        if head and last not in KEPT_ADVERBS:
            return head, [last, *rest]
        if rest and form_of(last) is not None:
            return [last], rest
        if form_of(last) in ("past", "participle"):
            return ["has"], [last]
        return ["tends to"], [base_of(last) if form_of(last) else phrase.verb]


def _deny(predicate: list[str]) -> list[str]:
    if predicate[0] in ("is", "was", "has", "can"):
        return [predicate[0], "not", *predicate[1:]]
    return ["does", "not", base_of(predicate[0]), *predicate[1:]]
