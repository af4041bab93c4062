"""Cuts a sentence into chunks at its commas and conjunctions. Each keeps the link before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from understudy.english.tokens import Sentence
from understudy.english.verbs import form_of
from understudy.english.words import BE, DETERMINERS, PREPOSITIONS, SUBJECT_PRONOUNS
from understudy.english.wordset import word_set

_PUNCTUATION = frozenset({",", ":", "(", ")", "—", "-"})
# These always begin a new chunk …
_ALWAYS = word_set(
    """
    and or but because although though while whereas when if unless which whenever nor plus
    except
    """
)
# … and these only before a new subject: "so I sleep", but "so much".
_BEFORE_SUBJECT = word_set(
    """
    so since as until till after before then where cause
    """
)
_NEW_SUBJECTS = SUBJECT_PRONOUNS | {"my", "our"}
# Before "I", these say that its clause belongs to what came before.
_EMBEDDING = word_set(
    """
    than that when because if what how where why who whom which whatever whenever wherever
    everywhere anywhere since as until till before after while once time think thinks thought
    say says said wish wished know believe believes bet swear mean feel hope reckon admit told
    guess me suppose and or but whether even though although unless every like whoever so except
    realise realised found find out knew imagine pretend pretended sure glad dreamt dream
    dreamed everyone everybody people them him her
    """
)


# "Nothing but toast" and "I hate it when" stay in one chunk.
_NO_LINK = frozenset(
    {
        ("nothing", "but"), ("anything", "but"), ("everything", "but"), ("all", "but"),
        ("it", "when"), ("like", "when"), ("as", "if"), ("even", "if"), ("both", "and"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chunk:
    """`link` is the word or comma that joins it to the chunk before; the first has none."""

    link: str
    words: tuple[str, ...]

    @property
    def lower(self) -> tuple[str, ...]:
        return tuple(word.lower() for word in self.words)


def split_clauses(sentence: Sentence) -> list[Chunk]:
    """A sentence's chunks in order. None is empty."""
    chunks: list[Chunk] = []
    link, words = "", []  # type: str, list[str]
    for at, word in enumerate(sentence.words):
        following = sentence.words[at + 1].lower() if at + 1 < len(sentence.words) else ""
        before = words[-1].lower() if words else ""
        if _is_link(word, following) and (before, word.lower()) not in _NO_LINK:
            if words:
                chunks.append(Chunk(link, tuple(words)))
                link, words = "", []
            link = word.lower() if word not in _PUNCTUATION or not link else link
            link = "," if word in _PUNCTUATION and link in _PUNCTUATION else link
        else:
            words.append(word)
    if words:
        chunks.append(Chunk(link, tuple(words)))
    return [part for chunk in chunks for part in _split_run_on(chunk)]


def _is_link(word: str, following: str) -> bool:
    lower = word.lower()
    if lower in _BEFORE_SUBJECT:
        mine = following in ("my", "our") and lower in ("after", "before", "since", "until", "till")
        return following in _NEW_SUBJECTS and not mine
    return word in _PUNCTUATION or lower in _ALWAYS


def _split_run_on(chunk: Chunk) -> list[Chunk]:
    """'I love pizza I hate salad' is two clauses without a full stop."""
    for at in range(2, len(chunk.words)):
        if _runs_on(chunk.lower, at):
            first = Chunk(chunk.link, chunk.words[:at])
            return [first, *_split_run_on(Chunk(";", chunk.words[at:]))]
    return [chunk]


def _runs_on(words: Sequence[str], at: int) -> bool:
    if tuple(words[at : at + 2]) == tuple(words[:2]) == ("can", "not"):
        return True
    if words[at] in ("my", "our"):
        return _is_sentence_about_mine(words[at:]) and not _expects_more(words[at - 1])
    if words[at] not in ("i", "we") or words[at - 1] in _EMBEDDING or at + 1 == len(words):
        return False
    if "so" in words[at - 3 : at]:
        return False
    if "i" not in words[:at] and "my" not in words[:at] and "we" not in words[:at]:
        return False
    return not _is_relative(words, at)


def _is_relative(words: Sequence[str], at: int) -> bool:
    """'the house I live in': a short clause after a noun."""
    pointed = any(word in DETERMINERS | {"only", "first", "last", "thing", "something", "anything",
                                         "everything", "things", "someone"}
                  for word in words[max(0, at - 4) : at])  # fmt: skip
    return pointed and len(words) - at <= 4


def _is_sentence_about_mine(words: Sequence[str]) -> bool:
    return any(word in BE for word in words[2:4])


def _expects_more(word: str) -> bool:
    return word in PREPOSITIONS | _EMBEDDING | BE or form_of(word) is not None
