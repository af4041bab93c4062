"""The category of a fact, by its words."""

import re

from understudy.english.category_words import CATEGORY_WORDS

# Categories that the predicate alone decides. The first match wins.
_BY_PREDICATE = tuple((name, re.compile(rule, re.IGNORECASE)) for name, rule in (
    ("dislike", r"^(hates?|dislikes?|cannot stand|does not (like|enjoy)|detests?|loathes?|despises?"
                r"|refuses to|is (annoyed|bored|irritated|disgusted) by)\b"),
    ("name", r"^(name|nickname|full name|middle name|surname)\b|\bgoes by$|\bcall(s|ed)? them"),
    ("fear", r"\b(scared|afraid|terrified|frightened|petrified|phobia|fear) |fears?( is| are)?$"),
    ("home", r"^(lives?|lived|is living|has lived|moved|has moved|rents?|grew up|(was )?(born|raised)"
             r"|is from|comes? from|is based|home is)\b"),
    ("work", r"^(works?|worked|is working|has worked|teaches|manages|commutes|volunteers|retired)\b"
             r"|\b(job|career|boss)\b"),
    ("education", r"^(studied|studies|is studying|has studied|graduated|dropped out|went to school)\b"),
    ("language", r"\bspeaks?\b"),
    ("habit", r"^cannot (\w+ without|sleep|stop|resist|live)"),
    ("personality", r"^is allergic to"),
    ("skill", r"^(can|cannot|could(?! never)|knows how|is (not )?(good|great|excellent|terrible|bad|awful"
              r"|hopeless|useless|rubbish)( at| with| in)?|never learned|useless skill|sucks)\b"),
    ("personality", r"\b(personality|star sign|flaw|vice|guilty pleasure)\b"),
    ("dream", r"^(wants?|wanted|would (love|like|rather|have|choose)|wishes|dreams?|hopes|plans"
              r"|is (saving|hoping))\b"),
    ("opinion", r"^(thinks|believes|reckons|considers)\b"),
    ("sport", r"^supports$"),
))  # fmt: skip
# Categories by the predicate, for when the object's words say nothing.
_BY_DEFAULT = tuple((name, re.compile(rule, re.IGNORECASE)) for name, rule in (
    ("hobby", r"^(is|has been) (learning|training|trying)"),
    ("habit", r"^(always|never|tends to|wakes?|gets? up|goes|sleeps?|snores?|spends|talks|still|forgets?"
              r"|loses?|bites|cries|usually|often|keeps|does|takes|burns|bites)\b"),
    ("history", r"^(once|used to|was|has (been|had)|had|won|lost|met|broke|got|left|quit|gave|taught"
                r"|started|ran|ate|went|fell|failed|bought|dropped|joined|accidentally)\b"),
    ("hobby", r"^(likes?|loves?|enjoys?|adores?|plays?|is into|is obsessed|makes?|builds?|collects?"
              r"|is a (big|huge|massive) fan)\b"),
    ("possession", r"^(has|owns|drives|wears)\b"),
    ("personality", r"^is\b"),
))  # fmt: skip
_AGE = re.compile(r"\d+ years old|\bin their \w+ties$|years old$")


def category_of(predicate: str, obj: str) -> str:
    """One word for what a fact is about: 'hobby', 'food', 'work', … or 'other'."""
    if _AGE.search(obj):
        return "age"
    return (
        _by_rules(_BY_PREDICATE, predicate)
        or ("work" if "for a living" in obj else None)
        or _by_words(f"{predicate} {_head(obj)}")
        or _by_words(f"{predicate} {obj}")
        or _by_rules(_BY_DEFAULT, predicate)
        or "other"
    )


def _head(obj: str) -> str:
    """What a phrase is about: 'a tattoo of a pineapple' is about a tattoo."""
    return re.split(r" (?:of|with|in|on|at|for|from|to|about|called|who|that) ", obj, maxsplit=1)[0]


def _by_rules(rules: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str | None:
    return next((name for name, rule in rules if rule.search(text)), None)


def _by_words(text: str) -> str | None:
    words = re.findall(r"[\w'-]+", text.lower())
    stems = {form for word in words for form in (word, word.removesuffix("s"))}
    return next((name for name, known in CATEGORY_WORDS if stems & known), None)
