"""Sentences as lists of words, with every contraction written out."""

import re
from dataclasses import dataclass

from understudy.english.verbs import is_ing, is_participle
from understudy.english.words import FIXED_PAIRS
from understudy.english.wordset import word_set

_TOKEN = re.compile(
    r"\d+'\d+|[£$€]?\d+(?:[.,:]\d+)*(?:[a-zA-Z%]+)?(?:-[\w-]+)?"
    r"|[^\W\d_](?:\.[^\W\d_])+\.?"
    r"|@?[^\W_]+(?:['&/+-][^\W_]+|\.(?=[a-z]{2}\b)[a-z]+)*[+]*'?"
    r"|\.\.+|[.!?;\n]+|[,:()—&]|-"
)
_ABBREVIATIONS = word_set(
    """
    mr mrs ms dr st vs jr sr prof approx
    """
)

# A contraction, however it is typed → its words.
_EXPANSIONS = {
    "i": "I", "im": "I am", "i'm": "I am", "ima": "I am going to", "i'ma": "I am going to",
    "ive": "I have", "i've": "I have", "i'll": "I will", "iam": "I am", "ihave": "I have",
    "we're": "we are", "we've": "we have", "we'll": "we will", "weve": "we have",
    "you're": "you are", "you've": "you have", "you'll": "you will", "u": "you", "ur": "your",
    "youre": "you are", "ya": "you", "yall": "you", "y'all": "you",
    "he's": "he is", "she's": "she is", "it's": "it is", "that's": "that is", "there's": "there is",
    "thats": "that is", "theres": "there is", "hes": "he is", "shes": "she is", "its": "it is",
    "they're": "they are", "they've": "they have", "theyre": "they are", "it'll": "it will",
    "what's": "what is", "whats": "what is", "who's": "who is", "where's": "where is",
    "how's": "how is", "here's": "here is", "let's": "let us", "lets": "let us",
    "can't": "can not", "cant": "can not", "cannot": "can not", "won't": "will not",
    "wont": "will not", "don't": "do not", "dont": "do not", "doesn't": "does not",
    "doesnt": "does not", "didn't": "did not", "didnt": "did not", "isn't": "is not",
    "isnt": "is not", "aren't": "are not", "arent": "are not", "wasn't": "was not",
    "wasnt": "was not", "weren't": "were not", "haven't": "have not", "havent": "have not",
    "hasn't": "has not", "hasnt": "has not", "hadn't": "had not", "hadnt": "had not",
    "couldn't": "could not", "couldnt": "could not", "wouldn't": "would not",
    "wouldnt": "would not", "shouldn't": "should not", "shouldnt": "should not", "ain't": "am not",
    "aint": "am not", "mustn't": "must not", "needn't": "need not",
    "gonna": "going to", "wanna": "want to", "gotta": "have to", "hafta": "have to",
    "kinda": "kind of", "sorta": "sort of", "lotsa": "lots of", "dunno": "do not know",
    "cuz": "because", "coz": "because", "cos": "because", "'cause": "because", "bc": "because",
    "becuz": "because", "becouse": "because", "n": "and", "&": "and", "luv": "love",
    "fav": "favourite", "fave": "favourite", "w": "with", "b4": "before", "hav": "have",
    "liek": "like", "lvoe": "love", "wrok": "work", "teh": "the", "freind": "friend",
    "favorit": "favourite", "favourit": "favourite", "realy": "really", "rly": "really", "rlly": "really", "probs": "probably", "lvie": "live",
    "ppl": "people", "smth": "something", "abt": "about", "bday": "birthday", "ppls": "people",
    "prolly": "probably", "def": "definitely", "defo": "definitely", "tryna": "trying to",
    "finna": "going to", "oughta": "ought to", "bf": "boyfriend", "gf": "girlfriend",
    "i'd": "I would", "i'v": "I have", "i`m": "I am", "evry": "every", "alot": "a lot",
}  # fmt: skip
_KEEP_AS_TYPED = frozenset({"bf", "gf"})
# Without its apostrophe, "I'd" looks like "id": the next word tells them apart.
_AFTER_ID = word_set(
    """
    love like rather say never be prefer have hate really probably always kill die also
    """
)
_AFTER_ILL = word_set(
    """
    be have never eat always go try watch take probably just not do
    """
)
# After "my sister's", these show that the 's is a verb.
_AFTER_IS = word_set(
    """
    a an the called named from at not always never really very so too also my got been one just
    about on obsessed in into allergic married half still like 's afraid scared better worse
    older younger taller retired pregnant ok okay your our probably basically
    """
)
# Nobody says as much in one sentence. Reading it takes time that grows with its square.
_MOST_WORDS = 200
_NOT_VERBS_IN_ING = word_set(
    """
    wedding building painting clothing cooking driving singing snoring ring king thing
    """
)


@dataclass(frozen=True, slots=True)
class Sentence:
    words: tuple[str, ...]
    is_question: bool


def read_sentences(text: str) -> list[Sentence]:
    """The sentences of a cleaned text, with contractions written out, in the writer's own case."""
    sentences: list[Sentence] = []
    words: list[str] = []
    for token in [*_TOKEN.findall(text), "\n"]:
        if not _ends_sentence(token, words):
            words.append(token)
        elif words:
            sentences.append(Sentence(_join_pairs(_expand(words)), "?" in token))
            words = []
    return sentences


def _ends_sentence(token: str, words: list[str]) -> bool:
    if len(words) >= _MOST_WORDS:
        return True
    if token[0] not in ".!?;\n":
        return False
    return not (token == "." and words and words[-1].lower() in _ABBREVIATIONS)


def _expand(words: list[str]) -> list[str]:
    expanded: list[str] = []
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        expanded += _expand_word(word, following)
    return expanded


def _expand_word(word: str, following: str) -> list[str]:
    lower, after = word.lower(), following.lower()
    if lower in _KEEP_AS_TYPED:
        return [word]
    if lower == "id" and after in _AFTER_ID:
        return ["I", "would"]
    if lower == "ill" and after in _AFTER_ILL:
        return ["I", "will"]
    if lower == "i'd" and is_participle(after) and after not in ("like", "read", "put"):
        return ["I", "had"]
    if lower == "its" and word != "it's" and _is_noun_like(after):
        return [word]
    if lower in _EXPANSIONS:
        return _EXPANSIONS[lower].split()
    if lower.endswith("'d") and lower[:-2] in ("we", "you", "he", "she", "they", "it"):
        return [word[:-2], "would"]
    if lower.endswith("'s") and _is_contraction(after):
        return [word[:-2], "has" if after in ("got", "been") else "is"]
    if lower.endswith("'re"):
        return [word[:-3], "are"]
    return [word]


def _is_noun_like(word: str) -> bool:
    return word not in _AFTER_IS and not is_ing(word)


def _is_contraction(after: str) -> bool:
    """Whether 's before this word is "is" or "has" and not a possessive."""
    if after in _AFTER_IS or re.fullmatch(r"\d+", after):
        return True
    return is_ing(after) and after not in _NOT_VERBS_IN_ING


def _join_pairs(words: list[str]) -> tuple[str, ...]:
    """'fish', 'and', 'chips' → one word, so that lists aren't split there."""
    joined: list[str] = []
    at = 0
    while at < len(words):
        size = next((n for n in (4, 3) if _is_pair(words[at : at + n], n)), 1)
        joined.append(" ".join(words[at : at + size]))
        at += size
    return tuple(joined)


def _is_pair(words: list[str], size: int) -> bool:
    return len(words) == size and " ".join(words).lower() in _PAIRS


_PAIRS = frozenset(FIXED_PAIRS)
