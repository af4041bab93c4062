"""The facts in a thread that haven't been recorded yet."""

import re
from collections.abc import Iterator

from understudy.english.facts import MOST_FACTS, find_facts
from understudy.english.statement import Statement
from understudy.hearsay import Hearsay, find_hearsay, is_confirmed, is_denied, is_rumour
from understudy.questions import completes
from understudy.story import Asked, Fact, Said, Story
from understudy.wire import Json

_MESSAGES = 50
_OPPOSITES = (
    ({"likes", "loves", "enjoys", "adores"},
     {"hates", "dislikes", "detests", "cannot stand", "does not like", "loathes", "does not enjoy"}),
    ({"eats", "drinks", "can", "has", "is", "owns", "plays"},
     {"does not eat", "does not drink", "cannot", "does not have", "is not", "does not own",
      "never eats", "never drinks", "does not play"}),
)  # fmt: skip


def find_new_facts(story: Story) -> list[Json]:
    """Up to twelve facts, in the tool's input format, from messages that have yielded none yet."""
    known, present = story.facts(), story.present
    used, keys = {fact.source_event for fact in known}, {fact.key for fact in known}
    found: list[Json] = []
    for said in story.said()[-_MESSAGES:]:
        if said.id in used or not said.id:
            continue
        if said.is_off_the_record or said.by not in present:
            continue
        fresh = [row for row in _rows(said, story, known) if _key(row) not in keys]
        if len(found) + len(fresh) > MOST_FACTS:
            break
        keys |= {_key(row) for row in fresh}
        found += fresh
    return found


def find_hearsays(story: Story) -> Iterator[Hearsay]:
    """What people recently said about each other and nobody was asked about, newest first."""
    asked = {(each.subject, each.question) for each in story.asked()}
    for said in reversed(story.said()[-_MESSAGES:]):
        for hearsay in find_hearsay(said, story):
            if (hearsay.subject, hearsay.question) not in asked:
                yield hearsay


def _rows(said: Said, story: Story, known: list[Fact]) -> list[Json]:
    question = "" if _named(said.text, said, story) else question_before(said, story)
    found = find_facts(said.text, question, completes(question))
    own = [each for each in found if not _named(each.predicate, said, story)]
    rows = [_row(said, each, _is_contradicted(said.by, each, known)) for each in own]
    return [*_answered_hearsay(said, story), *rows]


def question_before(said: Said, story: Story) -> str:
    """The question that this message answers: the last one to its author since they last wrote."""
    question = ""
    for entry in story.entries:
        if entry.at >= said.at:
            break
        if isinstance(entry, Asked) and entry.subject == said.by:
            question = entry.question
        elif isinstance(entry, Said) and entry.by == said.by:
            question = ""
    return question


def _named(text: str, said: Said, story: Story) -> bool:
    """Whether a text names somebody else, so that it isn't just about its author."""
    names = {name for person, name in story.names.items() if person != said.by}
    words = re.findall(r"[\w-]+", text.casefold())
    return any(name.casefold() in words for name in names | story.agent_names)


def _answered_hearsay(said: Said, story: Story) -> list[Json]:
    """Answering 'yes, I did' to a rumour makes it a fact; 'no' makes it a disputed one."""
    question = question_before(said, story)
    if not is_rumour(question) or not (is_confirmed(said.text) or is_denied(said.text)):
        return []
    for earlier in story.said()[-_MESSAGES:]:
        if earlier.at >= said.at or earlier.by == said.by:
            continue
        for rumour in find_hearsay(earlier, story):
            if rumour.subject == said.by and rumour.question == question and rumour.predicate:
                denied = is_denied(said.text)
                statement = Statement(
                    rumour.predicate, rumour.object, "history", 0.3 if denied else 0.7
                )
                return [_row(said, statement, denied)]
    return []


def _is_contradicted(person: str, statement: Statement, known: list[Fact]) -> bool:
    earlier = {
        f.predicate.lower()
        for f in known
        if f.subject == person and f.object.lower() == statement.object.lower()
    }
    said = statement.predicate.lower()
    return any(
        (said in one and earlier & other) or (said in other and earlier & one)
        for one, other in _OPPOSITES
    )


def _row(said: Said, statement: Statement, disputed: bool) -> Json:
    return {
        "subject": said.by,
        "predicate": statement.predicate,
        "object": statement.object,
        "category": statement.category,
        "confidence": statement.confidence,
        "disputed": disputed,
        "source_event": said.id,
    }


def _key(row: Json) -> tuple[str, str, str]:
    return str(row["subject"]), str(row["predicate"]).casefold(), str(row["object"]).casefold()
