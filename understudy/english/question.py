"""What a question asks for, as the predicate that its answer completes."""

import re
from functools import lru_cache

from understudy.english.text import clean
from understudy.english.tokens import read_sentences
from understudy.english.verbs import is_base, is_ing, is_past, past_of, third
from understudy.english.words import ADVERBS, PREPOSITIONS
from understudy.english.wordset import word_set

# A question with its contractions written out → its answer's predicate. The first match wins.
_KNOWN = tuple((re.compile(pattern, re.IGNORECASE), predicate) for pattern, predicate in (
    (r"are you (most|really|currently)? ?into\b", "is into"),
    (r"where (do|are) you (currently )?(live|living|based)|where is home", "lives in"),
    (r"where (are|do) you (originally )?(come )?from|where .*\bborn", "is from"),
    (r"where did you grow up|where were you raised", "grew up in"),
    (r"how old are you|what is your age", "is years-old"),
    (r"what is your name|what should we call you", "name is"),
    (r"what do you do (for (a living|work|money)|all day|professionally|as a job)|what is your job"
     r"|what (do|are) you (do for )?work(ing)?( as| on)?\b|what work do you do|what kind of work"
     r"|pays the bills|occupation", "works as"),
    (r"where do you work|who do you work for", "works at"),
    (r"(do you have|have you got|any) (any )?(pets?|animals?)|what pets", "has"),
    (r"who do you live with|who .* at home|share your home", "lives with"),
    (r"(do you have|have you got|any) (any )?(kids|children|brothers|sisters|siblings)", "has"),
    (r"what (scares|frightens|terrifies) you|scared of|afraid of|fear", "is scared of"),
    (r"what (annoys|irritates|bothers) you|pet hate|pet peeve|drives you (mad|crazy)|gets on your nerves", "is annoyed by"),
    (r"what makes you (laugh|happy|smile|cry|angry)", "is easily moved by"),
    (r"what (do|would) you (like|love) (to do|doing)|for fun|free time|spare time|hobb|weekend|day off"
     r"|to relax|unwind|passionate|in the evenings?|keeps you busy|spend (most of )?your", "enjoys"),
    (r"what languages?|which languages?", "speaks"),
    (r"play any instruments?|which instruments?|what instruments?|musical instrument", "plays"),
    (r"(play|follow|do) any sports?|which sports?|what sports?", "plays"),
    (r"collect anything|what do you collect", "collects"),
    (r"where (have you|did you|would you) .*(travel|go|been)|favou?rite place|dream (trip|holiday)", "likes to visit"),
    (r"what did you study|studied at", "studied"),
    (r"what are you (really )?(good|great) at|talent|skill", "is good at"),
    (r"what are you (really )?(bad|terrible|awful|hopeless) at", "is bad at"),
    (r"how do you (get around|get to work|commute|travel)", "travels"),
    (r"what are you (like|usually like)|describe yourself|three words|sort of person", "is"),
))  # fmt: skip
_WHAT_IS = re.compile(
    r"^(?:and |so )?(?:what|which|who)(?: is| are| was| were| has been) "
    r"(?:the |your |a |an |one )(?P<noun>.+)$",
    re.IGNORECASE,
)
_NOUN_ENDS = word_set(
    """
    you that which who at in for of from with to when on right ever
    """
)
_DO_YOU = re.compile(
    r"\b(?P<aux>do|did|would|can|have|are|could|will) you (?P<rest>.+)$", re.IGNORECASE
)
_PRESENT = frozenset({"do", "can", "have", "are", "will"})


@lru_cache(maxsize=1024)
def read_question(question: str) -> list[str]:
    """The predicate that an answer to `question` completes, as words; [] if unknown."""
    sentences = [s for s in read_sentences(clean(question)) if s.is_question]
    if not sentences:
        return []
    text = " ".join(sentences[-1].words).strip()
    known = next((predicate for pattern, predicate in _KNOWN if pattern.search(text)), None)
    if known:
        return known.split()
    return _read_what_is(text) or _read_do_you(text) or ["mentions"]


def _read_what_is(text: str) -> list[str]:
    """'what is your favourite film' → 'favourite film is'."""
    match = _WHAT_IS.match(text)
    if match is None:
        return []
    noun = []
    for word in match["noun"].split():
        if word.lower() in _NOUN_ENDS or word in ",—(":
            break
        noun.append(word)
    return [*noun, "is"] if 0 < len(noun) <= 5 else []


def _read_do_you(text: str) -> list[str]:
    """'what do you usually cook' → 'cooks', 'how do you get to work' → 'gets to work'."""
    match = _DO_YOU.search(text)
    if match is None:
        return []
    words = [w for w in match["rest"].lower().split() if w not in ADVERBS]
    aux = match["aux"].lower()
    if not words:
        return []
    verb = words[0]
    asked = text.lower().split()[0]
    if aux == "are":
        return ["is", verb] if is_ing(verb) and len(words) == 1 else ["is"]
    if aux == "would":
        return ["would", *_up_to(words)]
    if aux == "have":
        return ["has", verb] if is_past(verb) and verb != "got" else ["has"]
    if aux == "can":
        return ["can", verb]
    if not is_base(verb):
        return []
    head = [third(verb)] if aux in _PRESENT else [past_of(verb)]
    if words[1:3] == ["to", "be"]:
        return [*head, "to", "be"]
    tail = [w for w in _up_to(words)[1:] if w in PREPOSITIONS or w in ("up", "out")]
    if asked in ("when",) or "time" in text.lower().split()[:3]:
        tail = [*tail, "at"]
    if asked == "where" and not tail:
        tail = ["in"] if verb not in ("go", "shop") else ["to"]
    return [*head, *tail[:2]]


def _up_to(words: list[str]) -> list[str]:
    """The verb with its complements, up to the next clause."""
    kept: list[str] = []
    for word in words[:4]:
        if word in ("if", "when", "because", "or", "and", "for", "your", "a", "the", ",", "that"):
            break
        kept.append(word)
    return kept
