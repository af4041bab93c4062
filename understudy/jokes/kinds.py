"""The kinds of fact that jokes distinguish."""

import re

from understudy.english.sensitive import is_sensitive
from understudy.story import Fact

# Other models name categories differently.
_ALIASES = {
    "hobbies": "hobby", "interest": "hobby", "interests": "hobby", "pastime": "hobby", "activity": "hobby",
    "occupation": "work", "job": "work", "profession": "work", "career": "work", "employment": "work",
    "location": "home", "residence": "home", "living": "home", "pets": "pet", "animal": "pet", "animals": "pet",
    "diet": "food", "drink": "food", "food & drink": "food", "cooking": "food", "preference": "hobby",
    "movies": "film", "movie": "film", "tv": "film", "books": "book", "reading": "book", "sports": "sport",
    "fitness": "sport", "exercise": "sport", "phobia": "fear", "fears": "fear", "languages": "language",
    "background": "origin", "origin": "origin", "aspiration": "dream", "goal": "dream", "belief": "opinion",
    "trait": "personality", "habits": "habit", "skills": "skill", "relationship": "family", "relationships": "family",
    "experience": "history", "past": "history", "biography": "history", "pet peeve": "dislike", "dislikes": "dislike",
    "vehicle": "possession", "achievement": "history",
}  # fmt: skip
# These keep their kind in the past tense: "studied physics" is still about education.
_PAST_IS_FINE = frozenset({"education", "dislike", "fear", "opinion", "age", "origin"})
_UNTOLD = frozenset(
    {"name", "health", "religion", "politics", "sexuality", "medical", "appearance"}
)
_HOME = re.compile(r"^(lives?|is living|rents?|shares? a|resides?|is based)\b")
_ORIGIN = re.compile(r"^(grew up|was (born|raised)|is from|comes from|moved|is originally)\b")
_JOB = re.compile(r"^(works?|is( working)?|teaches|manages|runs|volunteers)\b|job is")
_DENIED = re.compile(
    r"\b(cannot|not|never|terrible|bad|hopeless|awful|useless|could not|fails|failed)\b"
)
_LIKED = re.compile(
    r"^(likes?|loves?|enjoys?|eats?|drinks?|adores?|is addicted to|is obsessed with|lives on|cannot resist|collects?|plays?|is into|is a (big|huge|massive) fan of)$"
)
_OWNED = re.compile(r"^(has|owns?|keeps?|drives?|rides?|wears?|lives with)$")
_PAST = re.compile(
    r"^(used to|once|was|had|got|worked|met|broke|lost|won|ate|tried|went|took|did|saw|has (been|lived|worked|met|run|lost|won))\b|^\w{2,}ed\b"
)
_FEARED = re.compile(r"\b(of|about|by)$|fear is$")


def kinds_of(fact: Fact) -> frozenset[str]:
    """The kinds of fact that this is, as jokes name them."""
    category = fact.category.strip().lower()
    kind = _ALIASES.get(category, category)
    predicate = fact.predicate.lower().replace("_", " ")
    if kind == "home":
        if _HOME.match(predicate):
            return frozenset({"home"})
        return frozenset({"origin" if _ORIGIN.match(predicate) else "other"})
    if kind == "sport" and predicate in ("supports", "watches", "follows"):
        return frozenset({"support"})
    if kind == "work" and "for a living" not in fact.object and not _JOB.match(predicate):
        return frozenset({"other"})
    denied = _DENIED.search(predicate) is not None
    if kind == "skill":
        return frozenset({"unskilled" if denied else "skill"})
    if kind == "travel":
        return frozenset({"untravelled" if denied else "travel"})
    if denied and kind != "dislike":
        return frozenset({"refusal"})
    if kind not in _PAST_IS_FINE and _PAST.match(predicate):
        return frozenset({"history"})
    finer = (("likes", _LIKED), ("own", _OWNED))
    return frozenset({kind, *(f"{name}-{kind}" for name, rule in finer if rule.match(predicate))})


def is_nameable(fact: Fact) -> bool:
    """Whether the object is a thing with a name, such as 'chess' or 'spiders'."""
    predicate = fact.predicate.lower()
    fits = _LIKED.match(predicate) or _FEARED.search(predicate)
    return fits is not None and len(fact.object) <= 40


def is_tellable(fact: Fact) -> bool:
    """Whether a joke about this fact is acceptable and has something to work with."""
    if fact.disputed or not fact.predicate.strip() or not fact.object.strip():
        return False
    if fact.category.strip().lower() in _UNTOLD or fact.predicate.lower().startswith("name"):
        return False
    return not is_sensitive(f"{fact.predicate} {fact.object}")
