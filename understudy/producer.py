"""The producer's part: find out about people, one question at a time."""

import re
from collections.abc import Iterator

from understudy.learning import find_hearsays, find_new_facts
from understudy.questions import bank_questions, first_questions, follow_up_questions
from understudy.story import Happened, Learned, Said, Story
from understudy.variety import Variety
from understudy.wire import ToolUse

_WANTS_ROAST = re.compile(
    r"\b(roast|burn|grill|destroy|insult|flame) (me|us|him|her|them|my|@?\w+)\b|\bdo your worst\b"
    r"|\byour turn\b|\bbring it on\b|\bhit me\b|\blet'?s (hear|go|have) (it|a roast|the roast)\b"
    r"|\b(ready|want|like|love) (to be|being|a|my|to get) (roast|burn)\w*|\broast time\b|\bgo (jerry|frankie)\b"
    r"|\bcome on (jerry|frankie)\b|\btell (me|us) a joke\b|\bgive (me|us) your (best|worst)\b",
    re.IGNORECASE,
)
_ENOUGH_UNANSWERED = 2
_ARRIVALS = ("created", "joined", "added", "tapped_in")


def choose_next_steps(story: Story) -> Iterator[ToolUse]:
    """What the producer could do next, best first."""
    if facts := find_new_facts(story):
        yield ToolUse("extract_facts", {"facts": facts})
    if _calls_for_nothing(story):
        yield ToolUse("do_nothing", {})
    for hearsay in find_hearsays(story):
        yield _ask(hearsay.subject, hearsay.question)
    for person in _whom_to_ask(story):
        for question in _questions(person, story):
            yield _ask(person, question)


def wants_roast(text: str) -> bool:
    return _WANTS_ROAST.search(text) is not None


def _calls_for_nothing(story: Story) -> bool:
    match story.newest:
        case Said(by=person, text=text):
            return person not in story.present or wants_roast(text)
        case Happened(action=action, person=person):
            return person not in story.present or action not in _ARRIVALS
    return False


def _whom_to_ask(story: Story) -> list[str]:
    """The people present, in the order to ask them. Spreads questions evenly and pesters nobody."""
    newest = story.newest
    just_in = newest.person if isinstance(newest, Happened) else None

    def weight(person: str) -> tuple[bool, bool, int, int]:
        known, asked = len(story.facts_about(person)), len(story.asked(person))
        at = max((said.at for said in story.said(person)), default=-1)
        return (
            person != just_in,
            _unanswered(person, story) >= _ENOUGH_UNANSWERED,
            known + asked,
            -at,
        )

    return sorted(story.present, key=weight)


def _unanswered(person: str, story: Story) -> int:
    """How many questions this person has been asked since they last wrote."""
    last = max((said.at for said in story.said(person)), default=-1)
    return sum(asked.at > last for asked in story.asked(person))


def _questions(person: str, story: Story) -> Iterator[str]:
    """Questions for one person that nobody in this thread has been asked yet."""
    asked = {each.question for each in story.asked()}
    variety = Variety(person + str(len(story.entries)))
    for question in _ideas(person, story, variety):
        if question not in asked:
            yield question


def _ideas(person: str, story: Story, variety: Variety) -> Iterator[str]:
    if not story.asked(person) and not story.said(person):
        yield from first_questions(variety)
    newest = story.newest
    # One follow-up after something new, then on to another topic.
    if isinstance(newest, Learned) or _told_something(person, story):
        for fact in reversed(story.facts_about(person)[-3:]):
            yield from follow_up_questions(fact, variety)
            break
    yield from bank_questions(variety)
    for fact in story.facts_about(person):
        yield from follow_up_questions(fact, variety)


def _told_something(person: str, story: Story) -> bool:
    asked = [each.at for each in story.asked(person)]
    return any(fact.at > max(asked, default=-1) for fact in story.facts_about(person))


def _ask(person: str, question: str) -> ToolUse:
    return ToolUse("ask_user_about_themselves", {"subject": person, "question": question})
