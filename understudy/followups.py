"""Follow-up questions by the fact's category, as data.

{object} is the fact's object; {clause} is the whole fact ('you live in Berlin').
"""

# category → (the question, the predicate that an answer completes)
FOLLOW_UPS: dict[str, tuple[tuple[str, str], ...]] = {
    "hobby": (
        ("What first got you into {object}?", "got into {object} through"),
        ("What do people get wrong about {object}?", "says people misunderstand about {object}:"),
        ("How much of your week goes on {object}?", "spends on {object}"),
        (
            "What's the worst thing that has happened to you because of {object}?",
            "worst moment with {object} was",
        ),
    ),
    "sport": (
        ("How good are you at {object}, honestly?", "rates own {object} as"),
        ("What does {object} give you that a sofa doesn't?", "gets from {object}:"),
        ("When did {object} last go badly wrong for you?", "had bad luck with {object}:"),
    ),
    "music": (
        ("What do your neighbours think of {object}?", "neighbours think of {object}:"),
        ("When did {object} come into your life?", "discovered {object}"),
    ),
    "film": (
        ("How many times can somebody watch {object} before it's a problem?", "can watch {object}"),
        ("Who have you forced to sit through {object}?", "forced {object} on"),
    ),
    "book": (("What has {object} taught you that you really use?", "learned from {object}:"),),
    "food": (
        ("When did you last go a week without {object}?", "last went without {object}"),
        ("What goes best with {object}?", "pairs {object} with"),
    ),
    "pet": (
        ("Who is really in charge at home, you or {object}?", "at home is ruled by"),
        ("What's the worst thing about living with {object}?", "suffers at home from"),
    ),
    "family": (
        ("What would your family say you're like at breakfast?", "at breakfast is"),
        (
            "Who in your family tells the best stories about you, and which one?",
            "family tells the story of",
        ),
    ),
    "work": (
        ("What's the part of your job that nobody believes?", "has a job that involves"),
        ("What would you do all day if work vanished tomorrow?", "would do without work:"),
        ("What's the most useless meeting or task at your work?", "most useless task is"),
    ),
    "home": (
        ("What's the one thing about home that a visitor notices first?", "home is known for"),
        ("What would you miss if you moved away tomorrow?", "would miss"),
    ),
    "dislike": (
        ("What did {object} ever do to you?", "blames {object} for"),
        ("What do you do when you can't avoid {object}?", "copes with {object} by"),
    ),
    "fear": (
        ("When did you last meet {object}, and what did you do?", "reacted to {object} by"),
        ("How far would you go to avoid {object}?", "would avoid {object} by"),
    ),
    "skill": (("Who taught you that, and what did it cost them?", "learned from"),),
    "dream": (
        ("What's stopping you?", "is held back by"),
        ("How far have you got with that plan?", "has got as far as"),
    ),
    "travel": (("What did you bring home from your last trip?", "brought home"),),
    "possession": (
        ("What does {object} say about you?", "owns something that says"),
        ("What would you save from the house right after {object}?", "would also save"),
    ),
    "language": (("What can you say best in a language that isn't your own?", "can say abroad:"),),
    "education": (("What do you still remember from your studies?", "remembers from studying:"),),
    "age": (("What do you do now that you swore you'd never do at your age?", "has ended up"),),
}

# For any fact that is short when said back.
ABOUT_ANY: tuple[tuple[str, str], ...] = (
    ("You said {clause}. How did that come about?", "explains it by"),
    ("You said {clause}. Who knows about that?", "has told"),
    ("You said {clause}. What do the people around you make of it?", "hears from others:"),
)
