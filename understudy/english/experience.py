"""Sentences whose subject isn't the speaker: 'Spiders scare me', 'Coffee is my life'."""

from collections.abc import Sequence

from understudy.english.noise import is_about_here
from understudy.english.objects import as_theirs
from understudy.english.predicates import read_verb_phrase
from understudy.english.statement import Statement, make_statement
from understudy.english.verbs import base_of, ed, form_of
from understudy.english.words import BE, SUBJECT_PRONOUNS

_CAUSES = {
    "terrify": "is terrified of", "scare": "is scared of", "frighten": "is frightened of",
    "bore": "is bored by", "annoy": "is annoyed by", "relax": "is relaxed by",
    "irritate": "is irritated by", "fascinate": "is fascinated by", "confuse": "is confused by",
    "disgust": "is disgusted by", "amuse": "is amused by", "upset": "is upset by",
    "calm": "is calmed by", "exhaust": "is exhausted by", "stress": "is stressed by",
    "excite": "is excited by", "haunt": "is haunted by", "infuriate": "is infuriated by",
    "petrify": "is petrified of", "horrify": "is horrified by", "embarrass": "is embarrassed by",
    "inspire": "is inspired by", "intimidate": "is intimidated by", "bother": "is bothered by",
    "freak": "is freaked out by", "motivate": "is motivated by", "interest": "is interested in",
    "hate": "is hated by", "love": "is loved by",
}  # fmt: skip
_HEADS = frozenset({"thing", "what", "all", "things", "place", "food", "person"})
_MOST = frozenset({"most", "really", "best", "the", "about", "ever"})
_VAGUE = SUBJECT_PRONOUNS - {"people", "everyone", "everybody", "nobody", "i", "we"} | {
    "what", "which", "who", "everything", "nothing", "anything", "something", "mine", "not",
}  # fmt: skip


def read_experience(words: Sequence[str]) -> list[Statement]:
    """The facts in a sentence about what things are to the speaker, or do to them."""
    lower = [word.lower() for word in words]
    if not lower or lower[0] in _VAGUE | {"my", "our"} or "i" in lower:
        return []
    found = _read_mine(words, lower) or _read_me(words, lower)
    return [each for each in found if each is not None]


def _read_mine(words: Sequence[str], lower: Sequence[str]) -> list[Statement | None]:
    """'Coffee and jazz are my life': my life is coffee; my life is jazz."""
    at = next((i for i, w in enumerate(lower) if w in BE and lower[i + 1 : i + 2] == ["my"]), None)
    if at is None or not lower[at + 2 :] or set(lower[at + 2 :]) & {"and", "but", ",", "because"}:
        return []
    predicate = [*words[at + 2 :], "is"]
    return [make_statement(predicate, part, 0.8) for part in _list_parts(words[:at])]


def _read_me(words: Sequence[str], lower: Sequence[str]) -> list[Statement | None]:
    """'Spiders scare me': the speaker is scared of spiders."""
    at = next((i for i, word in enumerate(lower) if word in ("me", "us")), 0)
    if at < 2 or at > 8:
        return []
    verb, rest = lower[at - 1], lower[at + 1 :]
    if base_of(verb) == "make" and rest and form_of(verb) is not None:
        return [make_statement(["says"], [*words[: at + 1], *words[at + 1 :]], 0.6)]
    if base_of(verb) == "drive" and rest[:1] in (["mad"], ["crazy"], ["insane"], ["nuts"]):
        predicate = ["is", "driven", rest[0], "by"]
    elif _cause_of(verb) and rest in (
        [],
        ["out"],
        ["to", "death"],
        ["so", "much"],
        ["a", "lot"],
        ["down"],
    ):
        predicate = _CAUSES[_cause_of(verb)].split()
    else:
        return []
    return [make_statement(predicate, part, 0.8) for part in _list_parts(words[: at - 1])]


def _cause_of(verb: str) -> str:
    for base in _CAUSES:
        if verb in (base, base + "s", base + "es", base + "d", base[:-1] + "ies", ed(base)):
            return base
    return ""


def _list_parts(words: Sequence[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word.lower() in ("and", ",", "or", "both"):
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part and part[-1].lower() not in ("really", "always")] or []


def read_favourite_thing(words: Sequence[str]) -> Statement | None:
    """'The thing I love most is sleeping', 'what I hate is queues', 'all I eat is toast'."""
    lower = [word.lower() for word in words]
    if not _HEADS & set(lower[:3]) or "i" not in lower[1:6] or is_about_here(" ".join(words)):
        return None
    start = lower.index("i")
    ends = (i for i, w in enumerate(lower) if w in ("is", "are", "was") and i > start + 1)
    at = next(ends, len(words))
    verb = [word for word in words[start + 1 : at] if word.lower() not in _MOST]
    phrase = read_verb_phrase(verb)
    if phrase is None or at + 1 >= len(words):
        return None
    return make_statement([*phrase.predicate, *as_theirs(phrase.rest)], words[at + 1 :], 0.8)
