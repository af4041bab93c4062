"""Small rewrites before a sentence is read, so that the reader has fewer shapes to handle."""

import re
from collections.abc import Sequence

from understudy.english.clauses import Chunk
from understudy.english.noise import strip_openers
from understudy.english.subjects import find_verb
from understudy.english.tokens import Sentence
from understudy.english.verbs import form_of, is_ing
from understudy.english.words import ADVERBS
from understudy.english.wordset import word_set

_HEDGING = word_set(
    """
    think guess suppose say reckon swear mean believe admit that bet confess promise
    """
)

_PREAMBLE = re.compile(
    r"^((the|my) (thing|truth|fact|problem|reality|point|secret|confession|fun fact|weird thing|sad thing"
    r"|funny thing|honest truth|trouble|answer) (is|was)|(one|a|another|some)\s?(interesting |fun |weird |random )?(thing|fact)?"
    r" about me is|you could say|you might say|let us just say|people say|suffice to say|needless to say"
    r"|(to be|being) (honest|fair|frank)|i (do|have|got) (this|a) (weird |strange )?thing where|believe it or not"
    r"|not gonna lie|not going to lie|no joke|true story|truth be told|full disclosure|fun fact|random fact"
    r"|as (for|far as) .{0,20}goes|like i said|as i said|in all honesty|if i am (being )?honest|if i had to (pick|choose))"
    r"\s*(with you )?(is )?(that )?[,:—-]?\s*(?=(i|my|we|our)\b)",
    re.IGNORECASE,
)


def write_plainly(sentence: Sentence) -> Sentence:
    """'The thing is I…' → 'I…', 'me and my wife go…' → 'we go…'."""
    words = list(strip_openers(sentence.words))
    if found := _PREAMBLE.match(" ".join(words)):
        words = " ".join(words)[found.end() :].split()
    lower = [word.lower() for word in words]
    if lower[:2] == ["me", "and"]:
        start = 4 if lower[2:3] == ["my"] else 3
        ends = (at for at in range(start, len(lower)) if form_of(lower[at]) or lower[at] in ADVERBS)
        words = ["we", *words[next(ends, len(words)) :]]
    return Sentence(tuple(words), sentence.is_question)


def join_subjects(chunks: list[Chunk]) -> list[Chunk]:
    """'My sister' + 'and brother live…' → one chunk."""
    if len(chunks) < 2 or chunks[0].lower[:1] != ("my",) or chunks[1].link != "and":
        return chunks
    first, second = chunks[0], chunks[1]
    mine = second.lower[:1] == ("my",)
    if find_verb(first.lower, 1) is not None or second.lower[:1] == ("i",):
        return chunks
    if find_verb(second.lower, 0) is None or (mine and len(second.words) < 3):
        return chunks
    words = second.words[1:] if mine else second.words
    return [Chunk("", (*first.words, "and", *words)), *chunks[2:]]


def drop_hedge(rest: Sequence[str]) -> list[str]:
    """'think I snore', 'would say I am' → the part from the second "I" on."""
    lower = [word.lower() for word in rest[:6]]
    if {"wish", "not", "used"} & set(lower) or any(is_ing(word) for word in lower[:3]):
        return list(rest)
    at = next((i for i in range(1, len(lower)) if _is_hedged(lower, i)), 0)
    if at and lower[at] == "i" and any(_is_hedged(lower, i) for i in range(at + 2, len(lower))):
        return drop_hedge(rest[at + 1 :])
    return list(rest[at:])


def _is_hedged(lower: Sequence[str], at: int) -> bool:
    before = lower[at - 1]
    if lower[at] == "i" and before == "told":
        return lower[0] == "am"
    hedges = before in _HEDGING and (lower[at] == "i" or (lower[at] == "my" and before != "think"))
    return hedges and lower[at - 2] != "to"
