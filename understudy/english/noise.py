"""Text that says nothing about its writer: small talk, requests, talk about the app."""

from collections.abc import Sequence

from understudy.english.noise_words import (
    AFTER_NO,
    BARE_META,
    IMPERATIVES,
    LIGHT_IDIOMS,
    META_VERBS,
    OFTEN,
    OPENERS,
    PASSING,
    PASSING_DOINGS,
    SMALL_TALK,
    SPEAKING,
    SPOKEN,
    TALK_ABOUT_HERE,
)
from understudy.english.verb_phrase import VerbPhrase
from understudy.english.words import (
    ADVERBS,
    BE,
    MODALS,
    PREPOSITIONS,
    QUESTION_WORDS,
)

# "Great, I…" is an opening; "great with faces" is a quality.
_JUDGING = frozenset({"great", "cool", "nice", "fine", "sure", "right", "true", "sorry"})


def is_small_talk(words: Sequence[str]) -> bool:
    """Whether these words on their own are only noise: 'not sure', 'haha', 'me too'."""
    text = " ".join(words).strip(" '-,.:")
    return not any(c.isalnum() for c in text) or SMALL_TALK.match(text) is not None


def strip_openers(words: Sequence[str]) -> list[str]:
    """Without openers, such as 'well, haha' or 'yeah so'."""
    kept = list(words)
    while kept and kept[0].lower() in OPENERS and not _is_verb_like(kept):
        kept = kept[1:]
    return kept


def _is_verb_like(words: list[str]) -> bool:
    if words[0].lower() in _JUDGING and len(words) > 1:
        return words[1].lower() in PREPOSITIONS
    if words[0].lower() == "no" and len(words) > 1:
        # "No, I…" is an answer; "no free time" is a thing to have.
        return words[1].lower() not in AFTER_NO
    return (
        words[0].lower() == "like"
        and len(words) > 1
        and words[1].lower() not in ("i", "my", "really")
    )


def is_question(words: Sequence[str]) -> bool:
    """Whether these words ask, with or without a question mark: 'do you…', 'what is…'."""
    lower = [word.lower() for word in words]
    if not lower:
        return False
    askers = BE | MODALS | {"do", "does", "did", "have", "has"}
    if lower[0] in askers and len(lower) > 1:
        return lower[1] in (
            "i",
            "you",
            "we",
            "they",
            "he",
            "she",
            "it",
            "this",
            "that",
            "there",
            "the",
            "your",
            "my",
            "anyone",
            "someone",
            "not",
        ) and lower[1:2] != ["not"]
    if lower[0] in QUESTION_WORDS - {"when"}:
        return (
            (any(word in askers for word in lower[1:3]) and "i" not in lower[:3])
            or len(lower) <= 2
            or lower[1] in ("about", "if")
        )
    return False


def is_about_here(text: str) -> bool:
    """Whether a clause is about the chat itself, or addresses somebody in it."""
    return TALK_ABOUT_HERE.search(LIGHT_IDIOMS.sub("", text)) is not None


def is_request(words: Sequence[str]) -> bool:
    """Whether these words, which have no subject, ask for something: 'tell me a joke'."""
    lower = [word.lower() for word in words[:2]]
    return bool(lower) and lower[0] in IMPERATIVES and lower != ["do", "not"]


def is_forbidding(words: Sequence[str]) -> bool:
    """'do not judge me', as opposed to 'do not drink'."""
    lower = [word.lower() for word in words[:4]]
    forbidden = IMPERATIVES | {"judge", "worry", "get", "mind", "know", "care", "lie", "laugh"}
    return lower[:2] == ["do", "not"] and len(lower) > 2 and lower[2] in forbidden


def says_nothing(phrase: VerbPhrase, rest: Sequence[str]) -> bool:
    """Whether a first-person clause says nothing: 'I guess so', 'I'm ready', 'I know'."""
    lower = [word.lower() for word in rest]
    said = [
        word
        for word in lower
        if word not in ADVERBS
        and word
        not in (
            "to",
            "with",
            "now",
            "for",
            "a",
            "bit",
            "of",
            "just",
            "that",
            "it",
            "this",
            "so",
            "about",
            "by",
        )
    ]
    often = OFTEN & set(phrase.predicate)
    if phrase.verb in SPEAKING and not often and (not lower or lower[0] in SPOKEN):
        return lower != ["no"] and lower[:2] != ["no", "to"]
    if phrase.predicate[-1] == "not" and lower[:1] in (["say"], ["answer"], ["tell"], ["talk"]):
        return True
    if phrase.verb == "feel" and len(said) < 2:
        return not often
    if phrase.verb in META_VERBS and phrase.form != "ing" and "to" not in phrase.predicate[:-1]:
        return not often
    if phrase.verb == "know" and "how" not in phrase.predicate:
        return not said or said[0] in QUESTION_WORDS | {"you", "right", "i"} or phrase.negated
    if (
        phrase.verb in ("see", "understand", "forget", "remember")
        and said
        and said[0] in QUESTION_WORDS | {"i"}
    ):
        return True
    if phrase.verb in BARE_META and not said:
        return phrase.verb not in ("read",)
    if phrase.verb in ("go", "run", "leave", "stop", "sleep") and phrase.predicate[:2] == [
        "has",
        "to",
    ]:
        return not said
    if phrase.verb == "be" and not often:
        return _is_passing(phrase, said)
    if phrase.form == "ing" and phrase.verb in META_VERBS | PASSING_DOINGS:
        return not said or phrase.verb in META_VERBS
    return phrase.verb == "feel" and lower[:1] == ["like"]


def _is_passing(phrase: VerbPhrase, said: list[str]) -> bool:
    tail = phrase.predicate[phrase.verb_at + 1 :]
    words = [w for w in tail if w not in ADVERBS and w not in ("not",)] + said
    return not words or (
        words[0] in PASSING and (len(words) == 1 or all(w in PASSING for w in words))
    )
